package config

import (
	"encoding/json"
	"log/slog"
	"net/url"

	"sluice/feed"
)

// mask stands for a secret wherever one would be shown.
const mask = feed.Hidden

// Secret is a text that is shown as *** everywhere: by fmt, encoding/json and
// log/slog. The zero value is an empty secret.
type Secret struct {
	// A pointer, because fmt prints the fields of a value inside an unexported
	// field without asking its methods, and of a pointer only where it points.
	text *string
}

// NewSecret returns the text as a Secret.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the text itself. It is for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Equal reports whether both are the same text.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String implements fmt.Stringer.
func (s Secret) String() string { return mask }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return mask }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON implements json.Marshaler.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(mask) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }

// Address is a URL that may hold secrets: user info, tokens in its query, parts
// that come from the environment or a file. It is shown without them.
type Address struct {
	text        *string  // as for Secret
	outside     []Secret // the parts of it that came from outside the file
	shown, bare string
}

// newAddress makes an address of a text, which is u, and which is shown with *** in
// place of what came from outside the file.
func newAddress(s scalar, u *url.URL) Address {
	if !s.derived && u.User == nil && u.RawQuery == "" { // there is nothing to hide
		shown := u.String()
		return Address{text: &s.text, shown: shown, bare: shown}
	}
	a := Address{text: &s.text, outside: s.outside, shown: feed.Redact(s.shown), bare: mask}
	if hidden, err := url.Parse(s.shown); err == nil {
		a.bare = feed.Public(hidden).String()
	}
	return a
}

// Reveal returns the address with its secrets. It is for the one place that needs it.
func (a Address) Reveal() string {
	if a.text == nil {
		return ""
	}
	return *a.text
}

// Public returns the address as it may be shown, *** in place of its secrets.
// It is no address to ask, and empty for the zero value.
func (a Address) Public() string { return a.shown }

// Bare returns the address for strangers: without user info and secret
// parameters, and with *** in place of what came from outside the file. Where
// there is no ***, it is an address to ask.
func (a Address) Bare() string { return a.bare }

// Equal reports whether both are the same address, secrets included.
func (a Address) Equal(other Address) bool { return a.Reveal() == other.Reveal() }

// String implements fmt.Stringer.
func (a Address) String() string { return a.shown }

// GoString implements fmt.GoStringer.
func (a Address) GoString() string { return a.shown }

// MarshalText implements encoding.TextMarshaler.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.shown), nil }

// MarshalJSON implements json.Marshaler.
func (a Address) MarshalJSON() ([]byte, error) { return json.Marshal(a.shown) }

// LogValue implements slog.LogValuer.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.shown) }
