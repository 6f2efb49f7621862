package config

import (
	"errors"
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
}

// WriteBlocks writes sources as the list of a configuration.
func WriteBlocks(w io.Writer, blocks []Block) error {
	literal := make([]Block, len(blocks))
	for i, b := range blocks {
		b.URL = strings.ReplaceAll(b.URL, "${", "$${") // no variable
		tags := make([]string, len(b.Tags))
		for j, tag := range b.Tags {
			tags[j] = strings.ReplaceAll(tag, "${", "$${")
		}
		b.Tags = tags
		literal[i] = b
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	return errors.Join(enc.Encode(map[string]any{"sources": literal}), enc.Close())
}
