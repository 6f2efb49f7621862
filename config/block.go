package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/feed"

	"go.yaml.in/yaml/v4"
)

// Block is a source as it is pasted into a configuration.
type Block struct {
	Name feed.SourceID `yaml:"name"`
	URL  string        `yaml:"url"`
	Tags []string      `yaml:"tags,omitempty,flow"`
	// Comment stands before the source; one line.
	Comment string `yaml:"-"`
}

// WriteBlocks writes sources as the list of a configuration.
func WriteBlocks(w io.Writer, blocks []Block) error {
	if _, err := io.WriteString(w, "sources:\n"); err != nil {
		return err
	}
	for _, b := range blocks {
		b.URL = strings.ReplaceAll(escaped(b.URL), "${", "$${") // no variable
		var tags []string
		for _, tag := range b.Tags {
			if tag = printed(tag); tag != "" {
				tags = append(tags, strings.ReplaceAll(tag, "${", "$${"))
			}
		}
		b.Tags = tags
		var text bytes.Buffer
		enc := yaml.NewEncoder(&text)
		enc.SetIndent(2)
		if err := errors.Join(enc.Encode([]Block{b}), enc.Close()); err != nil {
			return err
		}
		if b.Comment != "" {
			if _, err := fmt.Fprintf(w, "  # %s\n", strings.Join(strings.Fields(b.Comment), " ")); err != nil {
				return err
			}
		}
		for line := range strings.Lines(text.String()) {
			if _, err := io.WriteString(w, "  "+line); err != nil {
				return err
			}
		}
	}
	return nil
}

// printed leaves out of a tag what nobody sees, and so nobody could type where an output
// names it: a list of strangers may turn the direction of writing, or worse.
func printed(tag string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(tag, "")))
}

// escaped is an address in which whatever cannot be seen is percent-encoded, as it is
// when it is asked.
func escaped(address string) string {
	var b strings.Builder
	for i := 0; i < len(address); {
		r, size := utf8.DecodeRuneInString(address[i:])
		if unicode.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			b.WriteString(address[i : i+size])
		} else {
			for _, c := range []byte(address[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		i += size
	}
	return b.String()
}
