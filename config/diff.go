package config

import (
	"fmt"
	"reflect"
	"slices"
)

// Diff says in lines for people what is different in the second configuration:
// which sources and outputs came, went or were renamed, and which keys changed.
// It shows no values, so no secrets.
func Diff(before, after *Config) []string {
	lines := changed("", before.fields(), after.fields())
	named := namedAt(before.Sources, after.Sources)
	sources := func(c *Config) []item {
		var one Source
		table := one.fields() // for all of them, whose target is another each time
		items := make([]item, 0, len(c.Sources))
		for i := range c.Sources {
			s := &c.Sources[i]
			var was []string
			for _, old := range s.Was {
				was = append(was, string(old))
			}
			if s.Listed { // it is known by its address
				was = append(was, named[s.URL.Reveal()]...)
			}
			items = append(items, item{string(s.Name), was, func() []field { one = *s; return table }})
		}
		return items
	}
	outputs := func(c *Config) []item {
		var items []item
		for i := range c.Outputs {
			o := &c.Outputs[i]
			chosen := field{key: "sources", get: func() any { return o.Sources }}
			items = append(items, item{o.Name, o.Was, func() []field { return append(o.fields(), chosen) }})
		}
		return items
	}
	lines = append(lines, diffItems("source", sources(before), sources(after))...)
	return append(lines, diffItems("output", outputs(before), outputs(after))...)
}

// namedAt are the names of sources by their addresses, where a source of the other
// configuration is known by its address; else nil.
func namedAt(sources, others []Source) map[string][]string {
	if !slices.ContainsFunc(sources, isListed) && !slices.ContainsFunc(others, isListed) {
		return nil
	}
	names := make(map[string][]string, len(sources))
	for i := range sources {
		s := &sources[i]
		names[s.URL.Reveal()] = append(names[s.URL.Reveal()], string(s.Name))
	}
	return names
}

func isListed(s Source) bool { return s.Listed }

// item is a source or an output.
type item struct {
	name   string
	was    []string
	fields func() []field // good until another item's of the same list are asked for
}

// diffItems compares two lists by name.
func diffItems(noun string, before, after []item) []string {
	left := make(map[string]item, len(before))
	for _, b := range before {
		left[b.name] = b
	}
	var lines []string
	for _, a := range after {
		b, known := left[a.name]
		delete(left, a.name)
		if !known {
			i := slices.IndexFunc(a.was, func(old string) bool { _, ok := left[old]; return ok })
			if i < 0 {
				lines = append(lines, fmt.Sprintf("%s %s: added", noun, a.name))
				continue
			}
			b = left[a.was[i]]
			delete(left, b.name)
			lines = append(lines, fmt.Sprintf("%s %s: renamed, was %s", noun, a.name, b.name))
		}
		for _, key := range changed("", b.fields(), a.fields()) {
			if known || key != "name: changed" && key != "was: changed" {
				lines = append(lines, fmt.Sprintf("%s %s: %s", noun, a.name, key))
			}
		}
	}
	for _, b := range before {
		if _, gone := left[b.name]; gone {
			lines = append(lines, fmt.Sprintf("%s %s: removed", noun, b.name))
		}
	}
	return lines
}

// changed lists the keys whose values differ.
func changed(prefix string, before, after []field) []string {
	var lines []string
	for i, f := range before {
		if f.fields != nil {
			lines = append(lines, changed(prefix+f.key+".", f.fields, after[i].fields)...)
		} else if !reflect.DeepEqual(f.get(), after[i].get()) {
			lines = append(lines, prefix+f.key+": changed")
		}
	}
	return lines
}
