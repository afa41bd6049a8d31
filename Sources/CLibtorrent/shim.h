// C++ headers are no business of Swift's: this module only brings the flags that pkg-config knows. It asks for no
// library by itself, so that a build without libtorrent links.
