package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

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
		b.URL = strings.ReplaceAll(b.URL, "${", "$${") // no variable
		tags := make([]string, len(b.Tags))
		for j, tag := range b.Tags {
			tags[j] = strings.ReplaceAll(tag, "${", "$${")
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
