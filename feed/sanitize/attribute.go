package sanitize

import (
	"net/url"
	"strings"
)

// value returns an attribute's value as it may be written, and false when it
// may not.
func (w *writer) value(key, val string) (string, bool) {
	switch key {
	case "href", "cite":
		return w.address(val, true)
	case "src", "poster":
		return w.address(val, false)
	case "srcset":
		return w.srcset(val)
	case "width", "height", "colspan", "rowspan", "span", "start", "value":
		val = strings.TrimSuffix(strings.TrimSpace(val), "px")
		return val, isNumber(val)
	case "dir":
		val = strings.ToLower(strings.TrimSpace(val))
		return val, val == "ltr" || val == "rtl" || val == "auto"
	case "align":
		val = strings.ToLower(strings.TrimSpace(val))
		return val, val == "left" || val == "right" || val == "center" || val == "justify"
	case "reversed", "open":
		return key, true
	case "alt", "title":
		return val, true
	}
	// The rest are short words: types, dates, languages, media queries.
	return val, len(val) <= 200 && val != ""
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 5
}

// address resolves an address and lets it pass when it is absolute and of a
// scheme that only shows something. A link to a place within the document is
// dropped, because ids are.
func (w *writer) address(raw string, mail bool) (string, bool) {
	raw = trimAddress(raw)
	if raw == "" || raw[0] == '#' {
		return "", false
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", false
	}
	if u.Scheme == "" {
		if w.base == nil {
			return "", false
		}
		if u.Host != "" { // as it is written: net/url would escape letters beyond ASCII in a host
			u.Scheme, raw = w.base.Scheme, w.base.Scheme+":"+raw
		} else {
			u = w.base.ResolveReference(u)
			raw = u.String()
		}
	}
	switch u.Scheme {
	case "http", "https":
		return raw, namesHost(u)
	case "mailto":
		return raw, mail
	}
	return "", false
}

// namesHost reports whether an address has a host that a host can be: what holds
// code points that none has (WHATWG URL, 3.1) is read as another address by others.
func namesHost(u *url.URL) bool {
	name := u.Hostname()
	return name != "" && !strings.ContainsAny(name, "%#/<>?@\\^|\"`{} ") &&
		(u.Host[0] == '[' || !strings.ContainsAny(name, ":[]"))
}

// trimAddress removes what browsers remove before they look at an address
// (WHATWG URL, 4.4), and escapes blanks inside of it.
func trimAddress(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(s, "\t\n\r") {
		s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	return strings.ReplaceAll(s, " ", "%20")
}

// srcset resolves each candidate of a srcset (HTML, 4.8.4.2.1); those that may
// not pass are left out.
func (w *writer) srcset(s string) (string, bool) {
	var out []string
	for {
		s = strings.TrimLeft(s, " \t\n\f\r,")
		if s == "" {
			break
		}
		end := strings.IndexAny(s, " \t\n\f\r")
		if end < 0 {
			end = len(s)
		}
		address, descriptor := s[:end], ""
		s = s[end:]
		if bare := strings.TrimRight(address, ","); bare != address {
			address = bare
		} else {
			descriptor, s, _ = strings.Cut(s, ",")
			descriptor = strings.TrimSpace(descriptor)
		}
		abs, ok := w.address(address, false)
		if ok && strings.Contains(abs, ",") { // at an end it would be read as a separator
			abs, ok = w.address(strings.ReplaceAll(abs, ",", "%2C"), false)
		}
		if ok && isDescriptor(descriptor) {
			out = append(out, strings.TrimSpace(abs+" "+descriptor))
		}
	}
	return strings.Join(out, ", "), len(out) > 0
}

// isDescriptor accepts widths and densities: "480w", "1.5x".
func isDescriptor(s string) bool {
	if s == "" {
		return true
	}
	number, unit := s[:len(s)-1], s[len(s)-1]
	if unit != 'w' && unit != 'x' && unit != 'h' || number == "" || len(number) > 10 {
		return false
	}
	return strings.Trim(number, "0123456789.") == ""
}
