package bolt

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage"

	"pgregory.net/rapid"
)

// listing is an item in one of the forms in which publishers write items. It is
// moved when its guid has another scheme and its address another campaign.
func listing(form, n int, moved bool) feed.Article {
	text := ""
	for word := range 44 {
		text += fmt.Sprintf("word%d-%d ", n, word)
	}
	a := feed.Article{
		Source: "a", GUID: fmt.Sprintf("http://a.example/?p=%d", n), URL: fmt.Sprintf("https://a.example/%d?utm_source=x", n),
		Title: fmt.Sprintf("Title of item%d", n), Content: "<p>" + text + "</p>", Published: time.Date(2024, 2, n+1, 8, 0, 0, 0, time.UTC),
	}
	switch form {
	case 0: // all there is
	case 1:
		a.GUID = ""
	case 2:
		a.GUID, a.URL = fmt.Sprint("post-", n), ""
	case 3:
		a.GUID, a.URL, a.Published = "", "", time.Time{}
	case 4:
		a.GUID = "one for all"
	}
	if moved {
		a.GUID = strings.Replace(a.GUID, "http:", "https:", 1)
		a.URL = strings.Replace(a.URL, "utm_source=x", "utm_source=y", 1)
	}
	return a
}

// TestWhatRetentionTookNeverComesBack lists items over two years, takes some of
// them, whether they are listed or not, and lists them again in whatever order. The
// marks of what is listed are never older than a week, also of what was taken, so
// that whoever removes those that nothing lists leaves these alone.
func TestWhatRetentionTookNeverComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := openTest(t)
		if _, err := s.SetSources(t.Context(), []feed.Source{{Name: "a", URL: "https://a.example/"}}); err != nil {
			rt.Fatal(err)
		}
		form := rapid.IntRange(0, 4).Draw(rt, "form")
		at := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
		poll := func(doc ...feed.Article) storage.Merged {
			c, err := s.ClaimSource(t.Context(), at, "a", time.Minute)
			if err != nil {
				rt.Fatal(err)
			}
			m, err := s.Merge(t.Context(), storage.Delivery{Claim: &c, At: at, State: c.State, Articles: slices.Clone(doc), Authority: "x.example"})
			if err != nil {
				rt.Fatal(err)
			}
			return m
		}
		all := []int{0, 1, 2, 3}
		var doc []feed.Article
		for _, n := range all {
			doc = append(doc, listing(form, n, false))
		}
		if m := poll(doc...); m.New != len(all) {
			rt.Fatalf("got %+v, want %d new", m, len(all))
		}
		taken := map[int]bool{}
		for range rapid.IntRange(1, 6).Draw(rt, "polls") {
			at = at.Add(time.Duration(rapid.IntRange(1, 200).Draw(rt, "days")) * 24 * time.Hour)
			if n := rapid.IntRange(0, len(all)).Draw(rt, "taken"); n < len(all) && !taken[n] {
				taken[n] = true
				if err := s.update(t.Context(), func(tx *txn) error { return take(s, tx, seqOf(tx, form, n), at) }); err != nil {
					rt.Fatal(err)
				}
			}
			listed := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID[int]).Draw(rt, "listed")
			moved := rapid.Bool().Draw(rt, "moved")
			var doc []feed.Article
			for _, n := range listed {
				doc = append(doc, listing(form, n, moved))
			}
			if m := poll(doc...); m.New != 0 {
				rt.Fatalf("form %d, items %v of which %v were taken: %+v", form, listed, taken, m)
			}
			checkDays(rt, s, at, doc)
		}
		if err := s.Verify(t.Context()); err != nil {
			rt.Fatal(err)
		}
	})
}

// seqOf finds an article that is stored by its title.
func seqOf(tx *txn, form, n int) uint64 {
	for seq := uint64(1); ; seq++ {
		h, ok, err := tx.head(seq)
		if err != nil || ok && h.Stored.Title == listing(form, n, false).Title {
			return seq
		}
	}
}

// checkDays fails the test when a mark by which a listed item is known was not
// noted to be listed.
func checkDays(rt *rapid.T, s *Store, at time.Time, doc []feed.Article) {
	err := s.view(rt.Context(), func(tx *txn) error {
		src, _, err := tx.sourceNamed("a")
		if err != nil {
			return err
		}
		for _, it := range dedup.Prepare("", doc) {
			newest := uint32(0)
			for _, m := range it.Marks {
				all, err := tx.carriers(src.Num, m)
				if err != nil {
					return err
				}
				for _, a := range all {
					newest = max(newest, a.day)
				}
			}
			if newest+staleDays < dayOf(at) {
				return fmt.Errorf("the marks of %q were last listed on day %d, and it is day %d", it.Article.Title, newest, dayOf(at))
			}
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
}

// take removes an article as retention does.
func take(s *Store, tx *txn, seq uint64, at time.Time) error {
	h, ok, err := tx.head(seq)
	if err != nil || !ok {
		return errors.Join(err, feed.ErrNoArticle)
	}
	if err := s.remove(tx, h, dayOf(at)); err != nil {
		return err
	}
	name, was, err := tx.source(h.Source)
	if err != nil {
		return err
	}
	is := was
	is.State.Articles--
	return tx.putSource(name, &was, &is)
}
