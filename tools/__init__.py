"""What a developer or CI makes of the code: pages of docs/, pictures, and the packages that are deployed."""
