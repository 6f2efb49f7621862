package parse

import (
	"bytes"
	"testing"
)

func TestControlCharactersAreSeenWhereverTheyStand(t *testing.T) {
	for _, around := range []byte{' ', 'a', 0x7F, 0x80, 0xFF, '\t', '\n', '\r'} {
		for size := 1; size <= 17; size++ {
			for at := range size {
				for c := range 256 {
					b := bytes.Repeat([]byte{around}, size)
					b[at] = byte(c)
					want := c < 0x20 && c != '\t' && c != '\n' && c != '\r'
					if got := hasControls(b); got != want {
						t.Fatalf("%q: %v", b, got)
					}
				}
			}
		}
	}
}
