package canonical

import "strings"

// normalPath returns the path without what servers ignore: dot segments, empty
// segments, a trailing slash, session ids, an index page, and the marks of AMP
// pages. The root is the empty string.
func normalPath(path string) string {
	kept := make([]string, 0, 8) // which most paths do not exceed
	for segment := range strings.SplitSeq(path, "/") {
		segment = escape(withoutSession(segment), inSegment)
		switch segment {
		case "", ".":
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
		default:
			kept = append(kept, segment)
		}
	}
	for len(kept) > 0 {
		last := withoutAMP(kept[len(kept)-1])
		if !indexes[strings.ToLower(last)] {
			kept[len(kept)-1] = last
			return "/" + strings.Join(kept, "/")
		}
		kept = kept[:len(kept)-1]
	}
	return ""
}

// indexes are segments that name the folder they stand in, or its AMP edition.
var indexes = set(
	"", "amp", "amp.html", "index.html", "index.htm", "index.php", "index.shtml",
	"default.aspx", "default.asp", "default.htm", "default.html",
)

// withoutAMP drops the mark of an AMP document from its name.
func withoutAMP(name string) string {
	for {
		shorter := strings.TrimSuffix(name, ".amp")
		if front, ok := strings.CutSuffix(shorter, ".amp.html"); ok {
			shorter = front + ".html"
		}
		if shorter == name {
			return name
		}
		name = shorter
	}
}

// withoutSession drops the session parameters that application servers write
// into paths: ";jsessionid=1", and segments such as "(S(1))".
func withoutSession(segment string) string {
	if inner, ok := strings.CutPrefix(segment, "(S("); ok && strings.HasSuffix(inner, "))") && isToken(inner[:len(inner)-2], 16) {
		return ""
	}
	before, params, ok := strings.Cut(segment, ";")
	if !ok {
		return segment
	}
	for param := range strings.SplitSeq(params, ";") {
		name, _, _ := strings.Cut(param, "=")
		if !strings.EqualFold(name, "jsessionid") && !strings.EqualFold(name, "phpsessid") {
			before += ";" + param
		}
	}
	return before
}

// place is a part of an address with characters of its own that need no escape.
type place string

// The sets are sub-delims and what else RFC 3986 allows there beside unreserved.
const (
	inSegment  place = "!$&'()*+,;=:@"
	inQuery    place = "!$'()*,;:@/?="
	inFragment place = "!$&'()*+,;=:@/?"
)

const upperHex = "0123456789ABCDEF"

// escape returns s with escapes in the one normal form (RFC 3986, section 6.2.2):
// unreserved characters are plain, all that must be escaped is, in upper case.
// An escaped reserved character stays escaped: "%2F" is not "/".
func escape(s string, at place) string {
	if plain(s, at) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
			if !unreserved(c) {
				writeEscaped(&b, c)
				continue
			}
		}
		if unreserved(c) || strings.IndexByte(string(at), c) >= 0 {
			b.WriteByte(c)
		} else {
			writeEscaped(&b, c)
		}
	}
	return b.String()
}

func plain(s string, at place) bool {
	for i := range len(s) {
		if !unreserved(s[i]) && strings.IndexByte(string(at), s[i]) < 0 {
			return false
		}
	}
	return true
}

func writeEscaped(b *strings.Builder, c byte) {
	b.WriteByte('%')
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&15])
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
