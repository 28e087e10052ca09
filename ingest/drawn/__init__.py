"""A shop catalog drawn by the program: products as shapes, photographed in several views."""
