package config

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// field is a key of the configuration: how it is read, and what it is now. The
// tables of fields are the schema; reading, Reference and Diff all walk them.
type field struct {
	key    string
	secret bool               // its values are never shown
	fields []field            // the keys below it, where it is a mapping
	each   func() []field     // the keys of one element, where it is a list of mappings
	take   func(v value) bool // reads it; false after a problem
	get    func() any         // what it is now
}

// mapping reads the fields that a mapping gives.
func (v value) mapping(want string, fields []field) {
	v = v.settled()
	for _, p := range v.pairs(want) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == p.key })
		if i < 0 {
			if !v.loose {
				v.unknown(p, fields)
			}
			continue
		}
		c, ok := v.child(p.node, p.key, fields[i].secret)
		if ok && !c.null() {
			c.field(fields[i])
		}
	}
}

// field reads one key's value.
func (v value) field(f field) {
	if f.fields != nil {
		v.mapping("a mapping", f.fields)
		return
	}
	if f.take(v) && unsupportedKeys()[f.key] {
		if ref := reference(v.path()); unsupported[ref] != nil {
			v.given = append(v.given, given{at: v, read: f.get(), ref: ref})
		}
	}
}

// unknown reports a key that does not exist. Its value is not looked at: it may
// be a secret that was meant for the right key.
func (v value) unknown(p pair, fields []field) {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	near := nearest(p.key, keys)
	if near == "" && isNull(p.node) {
		p.key = "" // a key alone may be a misplaced value: it is not shown
	}
	switch {
	case near != "" && !v.secret:
		p.at.named(p.key).fail("unknown key, did you mean %q?", near)
	case near != "":
		p.at.fail("unknown key, did you mean %q?", near)
	case len(keys) <= 6:
		p.at.named(p.key).fail("unknown key; known are %s", strings.Join(keys, ", "))
	default:
		p.at.named(p.key).fail("unknown key")
	}
}

// wrong reports a scalar that is not what it should be, and quotes it where that
// cannot show a secret.
func (v value) wrong(s scalar, want string) {
	if v.secret || s.derived || !harmless(s.text) {
		v.fail("want %s", want)
		return
	}
	v.fail("want %s, got %q", want, s.text)
}

// group is a mapping of its own.
func group(key string, fields ...field) field { return field{key: key, fields: fields} }

// of makes a field of a target and of a function that reads it.
func of[T any](key string, dst *T, read func(v value) (T, bool)) field {
	return field{key: key, get: func() any { return *dst }, take: func(v value) bool {
		got, ok := read(v)
		if ok {
			*dst = got
		}
		return ok
	}}
}

// list makes a field of a list, each element read by the same function.
func list[T any](key string, dst *[]T, read func(v value) (T, bool)) field {
	return of(key, dst, func(v value) ([]T, bool) {
		var all []T
		items := v.items("a list")
		for _, item := range items {
			if got, ok := read(item); ok {
				all = append(all, got)
			}
		}
		return all, len(all) == len(items) && items != nil
	})
}

// text reads one line of text.
func text(v value) (string, bool) {
	s, ok := v.scalar("text")
	return s.text, ok && v.oneLine(s)
}

// oneLine refuses line breaks and other control characters.
func (v value) oneLine(s scalar) bool {
	if strings.ContainsFunc(s.text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		v.fail("must be one line without control characters")
		return false
	}
	return true
}

func secret(v value) (Secret, bool) {
	v.secret = true
	s, ok := v.scalar("text")
	return NewSecret(s.text), ok && v.oneLine(s)
}

func flag(v value) (bool, bool) {
	const want = "true or false"
	s, ok := v.scalar(want)
	if !ok {
		return false, false
	}
	switch {
	case s.quoted && !s.derived:
		v.wrongQuoted(want)
	case s.text == "true" || s.text == "True" || s.text == "TRUE":
		return true, true
	case s.text == "false" || s.text == "False" || s.text == "FALSE":
		return false, true
	default:
		v.wrong(s, want)
	}
	return false, false
}

func (v value) wrongQuoted(want string) { v.fail("want %s, got text; leave out the quotes", want) }

// count reads a whole number within bounds.
func count(low, high int) func(v value) (int, bool) {
	want := fmt.Sprintf("a whole number from %d to %d", low, high)
	if high == math.MaxInt {
		want = fmt.Sprintf("a whole number, at least %d", low)
	}
	return func(v value) (int, bool) {
		s, ok := v.scalar(want)
		if !ok {
			return 0, false
		}
		if s.quoted && !s.derived {
			v.wrongQuoted(want)
			return 0, false
		}
		n, ok := parseCount(s.text)
		if !ok || n < low || n > high {
			v.wrong(s, want)
			return 0, false
		}
		return n, true
	}
}

// duration reads a length of time of at least the given one.
func duration(least time.Duration) func(v value) (time.Duration, bool) {
	return func(v value) (time.Duration, bool) {
		const want = "a duration such as 30s, 15m, 1h or 7d"
		s, ok := v.scalar(want)
		if !ok {
			return 0, false
		}
		d, ok := parseDuration(s.text)
		switch {
		case !ok:
			v.wrong(s, want)
			return 0, false
		case d < least:
			v.wrong(s, "a duration of at least "+formatDuration(least))
			return 0, false
		}
		return d, true
	}
}

func size(v value) (int64, bool) {
	const want = "a size such as 512KiB, 15MiB or 1GiB"
	s, ok := v.scalar(want)
	if !ok {
		return 0, false
	}
	n, ok := parseSize(s.text)
	if !ok || n < 1 {
		v.wrong(s, want)
		return 0, false
	}
	return n, true
}

// choice reads one of the given words.
func choice[T ~string](options ...T) func(v value) (T, bool) {
	words := make([]string, len(options))
	for i, o := range options {
		words[i] = string(o)
	}
	want := strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	return func(v value) (T, bool) {
		s, ok := v.scalar(want)
		if !ok {
			return "", false
		}
		if slices.Contains(words, s.text) {
			return T(s.text), true
		}
		if near := nearest(s.text, words); near != "" && !s.derived {
			v.wrong(s, want+fmt.Sprintf(" (did you mean %q?)", near))
		} else {
			v.wrong(s, want)
		}
		return "", false
	}
}

// Reference lists every key of the configuration by its path, as they stand in
// the schema: server.listen, sources[].url.
func Reference() []string {
	var paths []string
	var walk func(prefix string, fields []field)
	walk = func(prefix string, fields []field) {
		for _, f := range fields {
			path := prefix + f.key
			paths = append(paths, path)
			walk(path+".", f.fields)
			if f.each != nil {
				walk(path+"[].", f.each())
			}
		}
	}
	walk("", newConfig().fields())
	return paths
}
