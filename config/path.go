package config

import (
	"log/slog"
	"strings"
)

// Path names a file. What of it comes from outside the configuration is secret,
// so it is shown as the configuration writes it, with *** in its place. The zero
// value names none.
type Path struct {
	text  *string // as for Secret
	shown string
}

// NewPath returns the path of a file, which may be shown.
func NewPath(path string) Path { return Path{text: &path, shown: path} }

// Reveal returns the path itself.
func (p Path) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

// Hide returns the error with the path in its text as it may be shown.
func (p Path) Hide(err error) error {
	if err == nil || p.Reveal() == p.shown {
		return err
	}
	return &hidden{err: err, path: p}
}

// beside returns the path of a file that stands beside this one.
func (p Path) beside(suffix string) Path {
	text := p.Reveal() + suffix
	return Path{text: &text, shown: p.shown + suffix}
}

// Equal reports whether both are the same path.
func (p Path) Equal(other Path) bool { return p.Reveal() == other.Reveal() }

// String implements fmt.Stringer.
func (p Path) String() string { return p.shown }

// GoString implements fmt.GoStringer.
func (p Path) GoString() string { return p.shown }

// MarshalText implements encoding.TextMarshaler.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.shown), nil }

// LogValue implements slog.LogValuer.
func (p Path) LogValue() slog.Value { return slog.StringValue(p.shown) }

// hidden is an error that names a path which must not be shown.
type hidden struct {
	err  error
	path Path
}

// Error implements error.
func (h *hidden) Error() string {
	text := h.err.Error()
	if path := h.path.Reveal(); path != "" {
		text = strings.ReplaceAll(text, path, h.path.shown)
	}
	return text
}

// Unwrap returns the error with the path.
func (h *hidden) Unwrap() error { return h.err }

// anyScheme begins an address; a file's name may hold a colon elsewhere.
var anyScheme = pattern(`^[A-Za-z][A-Za-z0-9+.-]*://`)

// pathOf reads the path of a file; "" where none need be named.
func pathOf(v value) (Path, bool) {
	const want = "the path of a file"
	s, ok := v.scalar(want)
	if !ok || !v.oneLine(s) {
		return Path{}, false
	}
	switch {
	case s.text == "":
		return Path{}, true
	case strings.TrimSpace(s.text) == "" || strings.HasSuffix(s.text, "/"):
		v.fail("want %s", want)
	case anyScheme().MatchString(s.text) || strings.HasPrefix(s.text, "file:"):
		v.fail("want %s, not an address", want)
	default:
		return Path{text: &s.text, shown: s.shown}, true
	}
	return Path{}, false
}

// storagePath reads where the store is. A database's address holds a password.
func storagePath(v value) (Path, bool) {
	v.secret = true
	if s, ok := v.scalar("the path of a file"); ok && isDatabase(s.text) {
		v.fail("a database is not supported yet; want the path of a file")
		return Path{}, false
	}
	p, ok := pathOf(v)
	if ok && p.Reveal() == "" {
		v.fail("want the path of a file")
		return Path{}, false
	}
	return p, ok
}

func isDatabase(text string) bool {
	scheme, _, ok := strings.Cut(strings.ToLower(text), "://")
	return ok && (scheme == "postgres" || scheme == "postgresql")
}

// socketPath reads the path of a unix socket.
func socketPath(v value) (Path, bool) {
	p, ok := pathOf(v)
	return p, ok && v.isSocketPath(p.Reveal())
}

// isSocketPath refuses what a name for a socket may be elsewhere and is not here.
// An abstract socket has no mode, so everybody on the machine could speak to it.
func (v value) isSocketPath(path string) bool {
	switch {
	case strings.HasPrefix(path, "@"):
		v.fail("abstract sockets (@) are not supported, since nothing protects them; want the path of a file")
	case strings.HasPrefix(path, "unix:"):
		v.fail("want the path of a file, without unix:")
	default:
		return true
	}
	return false
}
