package publish_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/feed/sanitize"
	"sluice/storage"
	"sluice/storage/bolt"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// stored is a store as publish asks it.
type stored struct{ *bolt.Store }

func (s stored) Walk(ctx context.Context, sources []feed.SourceID, order feed.Order, since time.Time) iter.Seq2[feed.Stored, error] {
	return s.Newest(ctx, storage.Query{Sources: sources, Order: order, Since: since})
}

// press is four papers that carry the same few texts, whole and in parts, and a store
// of what they brought. Paper z is of no output.
type press struct {
	rapid.TB
	rt    *rapid.T // draws; nil in a test of one course of things
	ctx   context.Context
	store stored
	at    time.Time
	sent  []feed.Article
}

// paragraph is thirty words that no other has.
func paragraph(n int) string {
	words := make([]string, 30)
	for i := range words {
		x := uint64(n*30+i+1) * 0x9e3779b97f4a7c15
		for range 3 {
			words[i] += string("bcdfghklmnprstvz"[x>>60]) + string("aeiou"[x>>50&1023%5])
			x *= 0xbf58476d1ce4e5b9
		}
	}
	return strings.Join(words, " ")
}

// item is a text as a paper carries it, or a part of it, under words of the text as its
// headline.
func (p *press) item(paper string, text, from, to int) feed.Article {
	n := len(p.sent) + 1
	var title, body []string
	for i := range 5 {
		words := paragraph(10*text + i)
		title = append(title, strings.Fields(words)[paper[0]%7])
		if from <= i && i < to {
			body = append(body, "<p>"+words+"</p>")
		}
	}
	return feed.Article{
		Source: feed.SourceID(paper), GUID: fmt.Sprintf("urn:%s:%d", paper, n), URL: fmt.Sprintf("https://%s.example/%d", paper, n),
		Title: strings.Join(title, " "), Content: strings.Join(body, ""), Sanitizer: sanitize.Version,
	}
}

func (p *press) poll(a feed.Article) {
	c, err := p.store.ClaimSource(p.ctx, p.at, a.Source, time.Minute)
	if err != nil {
		p.Fatal(err)
	}
	state := c.State
	state.Status, state.LastSuccess, state.NextPoll = feed.StatusOK, p.at, p.at.Add(time.Hour)
	_, err = p.store.Merge(p.ctx, storage.Delivery{Claim: &c, At: p.at, Articles: []feed.Article{a}, State: state, Authority: "feeds.example.org"})
	if err != nil {
		p.Fatal(err)
	}
}

// all are the articles that are stored, in the order of their arrival, with texts.
func (p *press) all() []feed.Stored {
	list, err := p.store.After(p.ctx, 0, 1000)
	if err == nil {
		err = p.store.Fill(p.ctx, list)
	}
	if err != nil {
		p.Fatal(err)
	}
	return list
}

// step has something happen, and says what.
func (p *press) step() (what string) {
	p.at = p.at.Add(time.Duration(rapid.IntRange(1, 90).Draw(p.rt, "minutes")) * time.Minute)
	what = rapid.SampledFrom([]string{"news", "news", "news", "address", "edit", "join", "split"}).Draw(p.rt, "what")
	if len(p.sent) == 0 {
		what = "news"
	}
	switch what {
	case "news", "address":
		part := rapid.SampledFrom([][2]int{{0, 2}, {2, 5}, {0, 5}, {0, 5}}).Draw(p.rt, "part")
		a := p.item(rapid.SampledFrom([]string{"a", "b", "c", "z"}).Draw(p.rt, "paper"), rapid.IntRange(0, 1).Draw(p.rt, "text"), part[0], part[1])
		if what == "address" { // of an article that is there: of one identity, where they agree
			page, _, _ := strings.Cut(rapid.SampledFrom(p.sent).Draw(p.rt, "like").URL, "?")
			a.URL = fmt.Sprintf("%s?utm_source=%d", page, len(p.sent)) // tells them apart, and no page from another
		}
		p.sent = append(p.sent, a)
		p.poll(a)
	case "edit":
		i := rapid.IntRange(0, len(p.sent)-1).Draw(p.rt, "article")
		p.sent[i].Content += "<p>" + paragraph(1000+int(p.at.Unix()/60%10_000)) + "</p>"
		p.poll(p.sent[i])
	case "join", "split":
		all := p.all()
		one, two := rapid.SampledFrom(all).Draw(p.rt, "one").ID, rapid.SampledFrom(all).Draw(p.rt, "two").ID
		var err error
		if what == "join" {
			_, err = p.store.Join(p.ctx, one, two, p.at)
		} else {
			_, err = p.store.Split(p.ctx, one, rapid.SampledFrom([]feed.Dedup{feed.DedupStory, feed.DedupArticle}).Draw(p.rt, "by"))
		}
		if err != nil && !errors.Is(err, storage.ErrJoined) && !errors.Is(err, storage.ErrAlone) {
			p.Fatal(err)
		}
	}
	return what
}

// reading is an output under test, as a subscriber has seen it.
type reading struct {
	publish.Output
	builder *publish.Builder
	pub     feed.Publication
	doc     *publish.Document
	items   []item
}

func (p *press) subscribe(out publish.Output) *reading {
	return &reading{Output: out, builder: publish.NewBuilder(p.store, out, site, 1000), pub: feed.Publication{Since: p.at.Truncate(time.Second)}}
}

// read builds the output, and checks it against what was seen of it before.
func (r *reading) read(p *press, after string) {
	p.Helper()
	doc, pub, err := r.builder.Build(p.ctx, infos(), r.pub, p.at)
	if err != nil {
		p.Fatal(err)
	}
	if len(r.Prefer) > 0 {
		r.isWhatOthersBuild(p, doc, pub)
	}
	before, now := r.items, items(p, doc)
	r.doc, r.pub, r.items = doc, pub, now
	if before == nil || after == "nothing that counts" {
		return
	}
	r.isComplete(p, after)
	left := slices.DeleteFunc(ids(now), func(id string) bool { return !slices.Contains(ids(before), id) })
	stayed := slices.DeleteFunc(ids(before), func(id string) bool { return !slices.Contains(ids(now), id) })
	if d := cmp.Diff(left, stayed); d != "" {
		p.Errorf("after %s entries changed places (got, want):\n%s", after, d)
	}
	if gone := len(before) - len(stayed); gone > 0 && (after != "join" || gone > 1) {
		p.Errorf("after %s %d entries are withdrawn: %v became %v", after, gone, ids(before), ids(now))
	}
	for _, was := range before {
		i := slices.IndexFunc(now, func(x item) bool { return x.ID == was.ID })
		if i < 0 {
			p.takenIn(was, now)
			continue
		}
		if now[i].Published != was.Published {
			p.Errorf("after %s %s is published %s, not %s", after, was.ID, now[i].Published, was.Published)
		}
		if after != "join" && after != "split" && now[i].Modified < was.Modified {
			p.Errorf("after %s %s is updated %s, not %s", after, was.ID, now[i].Modified, was.Modified)
		}
	}
}

// isWhatOthersBuild checks that a program that knows nothing of earlier builds builds the
// same.
func (r *reading) isWhatOthersBuild(p *press, doc *publish.Document, pub feed.Publication) {
	p.Helper()
	want, wantPub, err := publish.Build(p.ctx, p.store, r.Output, infos(), site, r.pub, p.at)
	if err != nil {
		p.Fatal(err)
	}
	if pub != wantPub || doc.Atom.ETag != want.Atom.ETag || string(doc.JSON.Body) != string(want.JSON.Body) {
		p.Fatalf("a builder with a past builds\n%s\nand one without\n%s", doc.JSON.Body, want.JSON.Body)
	}
}

func ids(list []item) []string {
	all := make([]string, len(list))
	for i, x := range list {
		all[i] = x.ID
	}
	return all
}

// takenIn checks that an entry that was joined by hand is named by an older one.
func (p *press) takenIn(was item, now []item) {
	p.Helper()
	all := p.all()
	seq := func(id string) uint64 {
		return all[slices.IndexFunc(all, func(a feed.Stored) bool { return a.ID == id })].Seq
	}
	for _, e := range now {
		for _, r := range e.Sluice.Story {
			if seq(e.ID) < seq(was.ID) && (r.URL == was.URL || e.URL == was.URL) {
				return
			}
		}
	}
	p.Errorf("%s is gone, and no older entry names it", was.ID)
}

// isComplete checks that each article that the output's sources carry and its rule
// keeps is an entry or named by one, and no other, and that no entry is there twice.
func (r *reading) isComplete(p *press, after string) {
	p.Helper()
	shown := map[string]bool{}
	for _, x := range r.items {
		if shown["entry "+x.ID] {
			p.Errorf("after %s %s is an entry twice", after, x.ID)
		}
		shown["entry "+x.ID], shown[x.Sluice.Source.Name+" "+x.URL] = true, true
		for _, s := range x.Sluice.Story {
			shown[s.Source+" "+s.URL] = true
			if s.How == "" {
				p.Errorf("after %s %s names %s by nothing", after, x.ID, s.URL)
			}
		}
	}
	for _, a := range p.all() {
		kept := a.Source != "z" && !strings.Contains(a.URL, "e/7")
		if got := shown[string(a.Source)+" "+a.URL]; got != kept {
			p.Errorf("after %s %s (%s) is shown: %v, want %v", after, a.ID, a.URL, got, kept)
		}
	}
}

// isExplained checks that what is said of each article is what is shown.
func (r *reading) isExplained(p *press) {
	p.Helper()
	for _, a := range p.all() {
		x, err := publish.Explain(p.ctx, p.store, r.Output, infos(), r.pub, p.at, a)
		if err != nil {
			p.Fatal(err)
		}
		place, in := 0, false
		for i, e := range r.items {
			names := e.ID == a.ID || e.Sluice.Source.Name == string(a.Source) && e.URL == a.URL
			for _, s := range e.Sluice.Story {
				names = names || s.Source == string(a.Source) && s.URL == a.URL
			}
			in = in || names
			if e.ID == x.Entry {
				place = i + 1
				if x.In && !names {
					p.Errorf("%s is said to be at %s, which does not name it", a.ID, e.ID)
				}
			}
		}
		if x.In != in || x.Place != place || x.Reason == "" || !x.In && x.Rule == "" {
			p.Errorf("%s is in: %v, at %d, and said to be %+v", a.ID, in, place, x)
		}
	}
}

// openPress opens a store for the papers.
func openPress(ctx context.Context, tb rapid.TB, file string) *bolt.Store {
	store, err := bolt.Open(ctx, file, bolt.Options{NoSync: true})
	if err != nil {
		tb.Fatal(err)
	}
	var sources []feed.Source
	for _, name := range []string{"a", "b", "c", "z"} {
		sources = append(sources, feed.Source{Name: feed.SourceID(name), URL: "https://" + name + ".example/feed"})
	}
	if _, err := store.SetSources(ctx, sources); err != nil {
		tb.Fatal(err)
	}
	return store
}

func closePress(tb rapid.TB, store *bolt.Store) {
	if err := store.Close(); err != nil {
		tb.Error(err)
	}
}

// TestStoriesOfAStore has papers carry texts, edit them, and operators join and split
// stories, and looks at outputs after each step.
func TestStoriesOfAStore(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		file := filepath.Join(dir, "sluice.db")
		store := openPress(t.Context(), rt, file)
		defer func() {
			closePress(rt, store)
			if err := os.Remove(file); err != nil {
				rt.Error(err)
			}
		}()
		p := &press{TB: rt, rt: rt, ctx: t.Context(), store: stored{store}, at: start.Add(time.Hour)}
		for range rapid.IntRange(0, 4).Draw(rt, "steps before") {
			p.step()
		}
		o := output()
		o.Order = rapid.SampledFrom([]feed.Order{feed.OrderSeen, feed.OrderPublished}).Draw(rt, "order")
		const rule = `!url.contains("e/7")`
		plain := p.subscribe(compile(t, o, rule, nil))
		o.Prefer = []feed.SourceID{"c", "b"}
		preferring := p.subscribe(compile(t, o, rule, nil))
		o.Limit, o.PerSource = rapid.IntRange(1, 4).Draw(rt, "limit"), rapid.IntRange(0, 2).Draw(rt, "per source")
		short := p.subscribe(compile(t, o, rule, nil))
		after := "nothing"
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			plain.read(p, after)
			preferring.read(p, after)
			if d := cmp.Diff(ids(preferring.items), ids(plain.items)); d != "" {
				rt.Errorf("prefer changes entries (got, want):\n%s", d)
			}
			after = p.step()
		}
		short.read(p, "nothing that counts")
		for _, r := range []*reading{plain, preferring, short} {
			r.read(p, "nothing that counts")
			r.isExplained(p)
		}
	})
}
