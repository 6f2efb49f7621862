//go:build !linux

package cli

// largePages does nothing: there is nobody to tell.
func largePages([]byte) {}
