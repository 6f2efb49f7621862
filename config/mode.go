package config

import (
	"io/fs"
	"os"
	"strings"

	"sluice/feed"
)

// others is the permission of everybody on a machine to read a file.
const others fs.FileMode = 0o004

// isOpen reports whether everybody on this machine can read the file at path. Where that
// cannot be told it says no: who reads the file hears of it.
func isOpen(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&others != 0
}

// warnOpen warns where everybody can read the configuration and a secret stands in it.
func (f *File) warnOpen(d *decoder, c *Config) {
	if !f.open {
		return
	}
	text := string(f.data)
	for _, s := range c.Sources {
		if s.secretIn(text) {
			d.warnings = append(d.warnings, Problem{
				File: d.file, Line: 1, Column: 1, Path: "sources",
				Message: "everybody on this machine can read this file, and secrets stand in it (of " + string(s.Name) + "): chmod o-r it, or put them into files of their own, {file: PATH}",
			})
			return
		}
	}
}

// secretIn reports whether what opens a source stands in a text: what came from a file or
// a variable does not, unless it is there, too.
func (s Source) secretIn(text string) bool {
	values := []string{s.Auth.Password.Reveal(), s.Auth.Bearer.Reveal()}
	for name, value := range s.Headers {
		if opens(name) {
			values = append(values, value.Reveal())
		}
	}
	for _, value := range values {
		if value != "" && strings.Contains(text, value) {
			return true
		}
	}
	for _, address := range []Address{s.URL, s.Proxy} {
		plain := address.Reveal()
		if strings.ContainsAny(plain, "@?") && len(address.outside) == 0 && feed.Redact(plain) != plain && strings.Contains(text, plain) {
			return true
		}
	}
	return false
}

// opens tells the headers that let somebody in from those that only say what is wanted.
func opens(header string) bool {
	name := strings.ToLower(header)
	for _, word := range []string{"authorization", "cookie", "token", "key", "secret"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
