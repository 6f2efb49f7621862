package config

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"sluice/feed"
	"sluice/feed/filter"
)

// Output is a published feed as configured.
type Output struct {
	Name        string
	Was         []string // earlier names
	Kind        feed.Kind
	Title       string // the name, where none is given
	Description string

	From    []string        // as written: names, globs, tag:NAME; empty: all
	Sources []feed.SourceID // what From stands for, in the file's order
	Keep    *filter.Filter  // never nil

	Dedup         feed.Dedup
	Prefer        []feed.SourceID
	Order         feed.Order
	Limit         int           // entries in the document
	Window        time.Duration // 0: no bound
	PerSource     int           // 0: no limit
	TitleTemplate string        // parses; empty: the article's title
	Content       feed.Detail
	Tokens        []Secret  // see Digests; not empty: a request must bring one
	Hubs          []Address // http or https
}

// Feed returns the output as the rest of the program knows it.
func (o Output) Feed() feed.Output {
	return feed.Output{
		Name: o.Name, Was: o.Was, Kind: o.Kind, Title: o.Title, Description: o.Description, Sources: o.Sources,
		Dedup: o.Dedup, Prefer: o.Prefer, Order: o.Order, Limit: o.Limit, Window: o.Window,
		PerSource: o.PerSource, TitleTemplate: o.TitleTemplate, Content: o.Content,
		Hubs: o.NamedHubs(),
	}
}

func newOutput(keep *filter.Filter) *Output {
	return &Output{
		Kind: feed.KindArticles, Keep: keep, Dedup: feed.DedupStory, Order: feed.OrderSeen,
		Limit: 100, Content: feed.DetailFull,
	}
}

// fields is the schema of an output.
func (o *Output) fields() []field {
	return []field{
		of("name", &o.Name, name[string]),
		list("was", &o.Was, name[string]),
		of("kind", &o.Kind, choice(feed.KindArticles, feed.KindHealth)),
		of("title", &o.Title, text),
		of("description", &o.Description, text),
		list("from", &o.From, text),
		keepField(&o.Keep),
		of("dedup", &o.Dedup, choice(feed.DedupStory, feed.DedupArticle, feed.DedupNone)),
		list("prefer", &o.Prefer, name[feed.SourceID]),
		of("order", &o.Order, choice(feed.OrderSeen, feed.OrderPublished)),
		of("limit", &o.Limit, count(1, 100_000)),
		of("window", &o.Window, duration(0)),
		of("per_source", &o.PerSource, count(0, 100_000)),
		of("title_template", &o.TitleTemplate, titleTemplate),
		of("content", &o.Content, choice(feed.DetailFull, feed.DetailSummary, feed.DetailNone)),
		tokensField(&o.Tokens),
		list("hubs", &o.Hubs, hubURL),
	}
}

func (c *Config) takeOutputs(v value) bool {
	for _, item := range v.items("a list of outputs") {
		o := newOutput(v.always)
		item.mapping("a mapping such as {name: news, title: News}", o.fields())
		item.require("name")
		if o.Title == "" {
			o.Title = o.Name
		}
		c.Outputs = append(c.Outputs, *o)
	}
	return true
}

// finishOutputs checks what needs the whole file.
func (d *decoder) finishOutputs(c *Config) {
	names := make(map[string]owner, len(c.Outputs))
	known := newIndex(c.Sources)
	for i := range c.Outputs {
		o := &c.Outputs[i]
		at := fmt.Sprintf("outputs[%d]", i)
		unique(d, names, "outputs", i, o.Name, o.Was)
		d.choose(o, at, c.Sources, known)
		d.checkPrefer(o, at, known)
		d.checkHealth(o, at)
		d.checkHubs(c, o, at)
	}
}

// checkPrefer reports what an output prefers in vain.
func (d *decoder) checkPrefer(o *Output, at string, known index) {
	for i, id := range o.Prefer {
		switch v := d.at(fmt.Sprintf("%s.prefer[%d]", at, i)); {
		case !known.names[id]:
			v.unknownSource(string(id), known)
		case !slices.Contains(o.Sources, id):
			v.warn("this source is not among those of the output (from)")
		}
	}
	if len(o.Prefer) > 0 && o.Dedup == feed.DedupNone {
		d.at(at + ".prefer").warn("it has no effect with dedup: none, where every article is an entry")
	}
}

// checkHealth reports the keys that mean nothing where entries are no articles.
func (d *decoder) checkHealth(o *Output, at string) {
	if o.Kind != feed.KindHealth {
		return
	}
	for _, key := range []string{"keep", "dedup", "prefer", "order", "per_source"} {
		if n := d.find(at + "." + key); n != nil && !isNull(follow(n)) {
			d.at(at + "." + key).fail("means nothing with kind: health, whose entries are no articles; remove it")
		}
	}
}

// index is what outputs may name.
type index struct {
	names map[feed.SourceID]bool
	was   map[feed.SourceID]feed.SourceID
	list  []string
	tags  []string
}

func newIndex(sources []Source) index {
	x := index{names: map[feed.SourceID]bool{}, was: map[feed.SourceID]feed.SourceID{}}
	for _, s := range sources {
		x.names[s.Name] = true
		x.list = append(x.list, string(s.Name))
		x.tags = append(x.tags, s.Tags...)
		for _, old := range s.Was {
			x.was[old] = s.Name
		}
	}
	slices.Sort(x.tags)
	x.tags = slices.Compact(x.tags)
	return x
}

// choose finds the sources that an output is made from.
func (d *decoder) choose(o *Output, at string, sources []Source, known index) {
	chosen := map[feed.SourceID]bool{}
	for i, from := range o.From {
		v := d.at(fmt.Sprintf("%s.from[%d]", at, i))
		match, ok := v.matcher(from, known)
		if !ok {
			continue
		}
		matched := false
		for _, s := range sources {
			if match(s) {
				chosen[s.Name], matched = true, true
			}
		}
		if !matched {
			v.matchesNothing(from, known)
		}
	}
	for _, s := range sources {
		if s.Name != "" && (len(o.From) == 0 || chosen[s.Name]) {
			o.Sources = append(o.Sources, s.Name)
		}
	}
}

// matcher reads one way of naming sources: tag:NAME, a glob, or a name, which
// must be known.
func (v value) matcher(from string, known index) (match func(Source) bool, ok bool) {
	if tag, ok := strings.CutPrefix(from, "tag:"); ok {
		return func(s Source) bool { return slices.Contains(s.Tags, tag) }, true
	}
	if strings.ContainsAny(from, `*?[\`) {
		if _, err := path.Match(from, ""); err != nil {
			v.fail("is no pattern: * stands for any characters, ? for one, [a-z] for one of a range")
			return nil, false
		}
		return func(s Source) bool {
			matched, err := path.Match(from, string(s.Name))
			return err == nil && matched && s.Name != ""
		}, true
	}
	if !known.names[feed.SourceID(from)] {
		v.unknownSource(from, known)
		return nil, false
	}
	return func(s Source) bool { return string(s.Name) == from }, true
}

// unknownSource reports a name that no source has.
func (v value) unknownSource(given string, known index) {
	if now, ok := known.was[feed.SourceID(given)]; ok {
		v.fail("the source of that name is called %q now", now)
		return
	}
	message := "unknown source"
	if slices.Contains(known.tags, given) {
		message += fmt.Sprintf("; write tag:%s for the sources with that tag", given)
	} else if near := nearest(given, known.list); near != "" {
		message += fmt.Sprintf(", did you mean %q?", near)
	}
	v.fail("%s", message)
}

// matchesNothing warns of a tag or a glob without a source.
func (v value) matchesNothing(from string, known index) {
	tag, tagged := strings.CutPrefix(from, "tag:")
	near := nearest(tag, known.tags)
	switch {
	case tagged && near != "":
		v.warn("no source has this tag, did you mean %q?", "tag:"+near)
	case tagged:
		v.warn("no source has this tag")
	default:
		v.warn("no source has a name like this")
	}
}
