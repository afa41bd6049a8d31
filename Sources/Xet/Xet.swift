// Xet
