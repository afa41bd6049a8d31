print("shoal-server")
