package render

import (
	"slices"
	"strings"

	"sluice/feed"
)

// followed are the attributes of other vocabularies that hold an address, which readers
// follow or load: they are written as links are, see address. What identifies alone, such
// as thr:in-reply-to's ref, is not among them.
var followed = []string{"url", "href", "uri", "img", "src"}

// sound returns an extension in which all that readers follow is an address that they may.
// ok is false where nothing is left that it could be for.
func sound(x feed.Extension) (_ feed.Extension, ok bool) {
	had, has := 0, 0
	copied := false
	for i := 0; i < len(x.Attrs); i++ {
		a := x.Attrs[i]
		if !slices.Contains(followed, a.Name) {
			continue
		}
		had++
		plain := address(a.Value)
		if plain != "" {
			has++
		}
		if plain == a.Value {
			continue
		}
		if !copied { // it is the store's, and others may read it
			x.Attrs, copied = slices.Clone(x.Attrs), true
		}
		if x.Attrs[i].Value = plain; plain == "" {
			x.Attrs = slices.Delete(x.Attrs, i, i+1)
			i--
		}
	}
	return x, had == 0 || has > 0 || strings.TrimSpace(x.Text) != "" || len(x.Elements) > 0
}

// domain is the scheme of a category where anything may stand: an address as links are
// written, anything else as it is, and nothing where to follow it would run it.
func domain(s string) string {
	s = line(s)
	scheme, rest, ok := strings.Cut(s, ":")
	if ok && (strings.HasPrefix(rest, "//") || strings.Contains(unsafeSchemes, " "+strings.ToLower(scheme)+" ")) {
		return address(s)
	}
	return s
}
