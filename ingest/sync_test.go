package ingest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"

	"github.com/google/go-cmp/cmp"
)

// served returns sources of these names; each is served a document of its own.
func served(r *rig, names ...string) []ingest.Source {
	r.t.Helper()
	var sources []ingest.Source
	for _, name := range names {
		sources = append(sources, source(name, r.pub.Set("/"+name, fetchtest.Reply{Body: rss(name), ETag: `"` + name + `"`})))
	}
	return sources
}

// outcomes are what reports say, in their order.
func outcomes(reports []ingest.Report) []string {
	var all []string
	for _, rep := range reports {
		all = append(all, string(rep.Source)+" "+string(rep.Outcome))
	}
	return all
}

func TestSyncPollsWhatIsDueAndNamedAndReportsByName(t *testing.T) {
	for name, tc := range map[string]struct {
		req   ingest.Request
		want  []string
		asked []string
	}{
		"everything":            {ingest.Request{}, []string{"due changed", "ended gone", "later not_due", "new changed"}, []string{"due", "new"}},
		"names":                 {ingest.Request{Sources: []feed.SourceID{"new", "later"}}, []string{"later not_due", "new changed"}, []string{"new"}},
		"a name twice":          {ingest.Request{Sources: []feed.SourceID{"new", "new"}}, []string{"new changed"}, []string{"new"}},
		"all":                   {ingest.Request{All: true}, []string{"due changed", "ended gone", "later not_modified", "new changed"}, []string{"due", "later", "new"}},
		"all of what was named": {ingest.Request{All: true, Sources: []feed.SourceID{"later"}}, []string{"later not_modified"}, []string{"later"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			sources := served(r, "new", "later", "due", "ended")
			r.pub.Set("/ended", fetchtest.Reply{Status: 410})
			r.use(sources[1:]...)
			r.sync(ingest.Request{})
			r.use(sources...)
			r.pub.Set("/due", fetchtest.Reply{Body: rss("due", "more")})
			r.due("due", time.Now().Add(-time.Second))
			r.pub.Forget()

			if got := outcomes(r.sync(tc.req)); !slices.Equal(got, tc.want) {
				t.Errorf("reports %q, want %q", got, tc.want)
			}
			var asked []string
			for _, req := range r.pub.Requests() {
				asked = append(asked, strings.TrimPrefix(req.Path, "/"))
			}
			slices.Sort(asked)
			if !slices.Equal(asked, tc.asked) {
				t.Errorf("asked %q, want %q, each once", asked, tc.asked)
			}
		})
	}
}

func TestSyncOfAnUnknownSourceNamesItAndAsksNobody(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(served(r, "a")...)
	_, err := r.runner.Sync(t.Context(), ingest.Request{Sources: []feed.SourceID{"a", "nobody"}}, nil)
	if !errors.Is(err, storage.ErrNoSource) || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("got %v, want ErrNoSource with the name", err)
	}
	if n := r.pub.Count(""); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestSyncTellsItsProgressUpToTheTotal(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.plan.Pace.PerHost = 4
	sources := served(r, "a", "b", "c", "d")
	sources[3].Disabled = true
	r.use(sources...)
	type step struct{ Done, Total int }
	var steps []step
	var names []string
	reports, err := r.runner.Sync(t.Context(), ingest.Request{}, func(done, total int, rep ingest.Report) {
		steps = append(steps, step{done, total})
		names = append(names, string(rep.Source))
	})
	if err != nil || len(reports) != 4 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	if d := cmp.Diff([]step{{1, 3}, {2, 3}, {3, 3}}, steps); d != "" {
		t.Errorf("progress (-want +got):\n%s", d)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("progress of %q, want of what was asked, each once", names)
	}
}

func TestABadSourceHarmsNoOther(t *testing.T) {
	r := newRig(t, ingest.Options{}, narrow)
	sources := served(r, "good", "hangs", "page", "refused")
	r.pub.Set("/hangs", fetchtest.Reply{Delay: time.Minute})
	r.pub.Set("/page", fetchtest.Reply{Body: "<html><body>Hello"})
	sources[3] = source("refused", refusing(t))
	r.use(sources...)
	want := []string{"good changed", "hangs failed", "page failed", "refused failed"}
	if got := outcomes(r.sync(ingest.Request{})); !slices.Equal(got, want) {
		t.Errorf("reports %q, want %q", got, want)
	}
	r.wantTitles("good", "good")
}

func TestADocumentMadeToKillHarmsNoOther(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.use(served(r, "good", "deep", "wide", "many", "other")...)
	deep := `<rss xmlns:x="u"><channel><title>T</title><item><x:a>` + strings.Repeat("<b>", 1_500_000)
	r.pub.Set("/deep", fetchtest.Reply{Body: deep, Coding: "gzip"})
	r.pub.Set("/wide", fetchtest.Reply{Body: `<rss><channel><title>T</title><item>` + strings.Repeat("<a/>", 600_000)})
	r.pub.Set("/many", fetchtest.Reply{Body: `<rss><channel><title>T</title>` + strings.Repeat("<item/>", 60_000)})
	reports := r.sync(ingest.Request{})
	want := []string{"deep failed", "good changed", "many failed", "other changed", "wide failed"}
	if got := outcomes(reports); !slices.Equal(got, want) {
		t.Errorf("reports %q, want %q", got, want)
	}
	for i, limit := range map[int]string{0: "nested deeper than 100", 2: "more than 50000 items", 4: "more than 500000 elements"} {
		if err := reports[i].Err; err == nil || !strings.Contains(err.Error(), limit) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want a line that says %q", reports[i].Source, err, limit)
		}
	}
	r.wantTitles("good", "good")
	r.wantTitles("other", "other")
}
