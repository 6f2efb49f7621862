package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"sluice/config"
)

type opmlImportCmd struct {
	File string `arg:"" name:"file" help:"The OPML file; - for standard input."`
}

// Run prints a block for each feed that the configuration does not have yet, if
// there is one that can be read. Names are free in it.
func (c *opmlImportCmd) Run(_ context.Context, r *run) error {
	feeds, err := c.read(r.env.Stdin)
	if place := (*config.OPMLError)(nil); errors.As(err, &place) {
		return &exitError{exitNoInput, fmt.Errorf("%s:%d:%d: the list %w", c.File, place.Line, place.Column, err)}
	}
	if err != nil {
		return err
	}
	taken, known := config.Names{}, map[string]string{}
	if cfg, err := config.Load(r.configPath()); err == nil {
		taken = config.NamesOf(cfg)
		for address, name := range addressesOf(cfg) {
			known[address] = "is configured already, as " + name
		}
	}
	var blocks []config.Block
	for _, f := range feeds {
		address, problem := config.OutlineURL(f)
		if problem == "" {
			problem = known[address]
		}
		if problem != "" {
			r.warn(fmt.Sprintf("%s:%d:%d: %s; left out", c.File, f.Line, f.Col, problem))
			continue
		}
		known[address] = "is in the list twice"
		blocks = append(blocks, config.Block{Name: taken.New(f.Text, address), URL: address, Tags: f.Tags})
	}
	if len(blocks) == 0 {
		return &exitError{exitPartial, fmt.Errorf("%s: %s, and none is new", c.File, count(len(feeds), "feed"))}
	}
	return config.WriteBlocks(r.env.Stdout, blocks)
}

// read reads the list. The error is a *config.OPMLError where its content is wrong.
func (c *opmlImportCmd) read(stdin io.Reader) ([]config.Outline, error) {
	if c.File == "-" {
		return config.ReadOPML(stdin)
	}
	f, err := os.Open(c.File)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &exitError{exitNoInput, fmt.Errorf("opml import: %w", err)}
	case err != nil:
		return nil, fmt.Errorf("opml import: %w", err)
	}
	defer func() { _ = f.Close() }() // what was read was read
	return config.ReadOPML(f)
}
