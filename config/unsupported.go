package config

import (
	"slices"
	"strings"
	"sync"
)

// unsupported lists the keys whose feature is not built yet, with the values that
// work without it. Any other value is refused, never ignored. A feature that is
// built deletes its line.
var unsupported = map[string]func(read any) bool{
	"sources[].full_text": is(false),
}

// unsupportedKeys are the last keys of those paths: whoever has none of them is not
// looked up by its path.
var unsupportedKeys = sync.OnceValue(func() map[string]bool {
	keys := map[string]bool{}
	for ref := range unsupported {
		keys[ref[strings.LastIndex(ref, ".")+1:]] = true
	}
	return keys
})

// reference makes a key's path in Reference of its path in a file: sources[].url of
// sources[2].url.
func reference(path string) string {
	for at := 0; ; {
		open := strings.IndexByte(path[at:], '[')
		if open < 0 {
			return path
		}
		at += open + 1
		path = path[:at] + path[at+strings.IndexByte(path[at:], ']'):]
	}
}

// is allows the given values.
func is[T comparable](allowed ...T) func(any) bool {
	return func(read any) bool {
		got, ok := read.(T)
		return ok && slices.Contains(allowed, got)
	}
}

// refuseUnsupported reports what is set and not built yet.
func (d *decoder) refuseUnsupported() {
	for _, g := range d.given {
		if !unsupported[g.ref](g.read) {
			g.at.fail("not supported yet")
		}
	}
}
