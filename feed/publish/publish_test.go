package publish_test

import (
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
)

func TestOutputsThatCannotBeAreRefused(t *testing.T) {
	tests := map[string]struct {
		change func(o *feed.Output)
		want   string
	}{
		"an unknown dedup":   {func(o *feed.Output) { o.Dedup = "x" }, `output world: dedup: "x" is none of story, article and none`},
		"an unknown order":   {func(o *feed.Output) { o.Order = "x" }, `output world: order: "x" is neither seen nor published`},
		"an unknown content": {func(o *feed.Output) { o.Content = "x" }, `output world: content: "x" is none of full, summary and none`},
		"a limit too high":   {func(o *feed.Output) { o.Limit = 100_001 }, "output world: limit: 100001 is not within 1 and 100000"},
		"a limit below none": {func(o *feed.Output) { o.Limit = -1 }, "output world: limit: -1 is not within 1 and 100000"},
		"a negative window":  {func(o *feed.Output) { o.Window = -time.Hour }, "output world: window: -1h0m0s is negative"},
		"a negative share":   {func(o *feed.Output) { o.PerSource = -1 }, "output world: per_source: -1 is negative"},
		"no name":            {func(o *feed.Output) { o.Name = "" }, "output : name: it has none"},
		"a template that does not parse": {
			func(o *feed.Output) { o.TitleTemplate = "{{.Title" },
			"output world: title_template: title:1: unclosed action",
		},
		"a template with a field that is none": {
			func(o *feed.Output) { o.TitleTemplate = "{{.Titel}}" },
			`output world: title_template: title:1:2: executing "title" at <.Titel>: can't evaluate field Titel in type publish.titleFields`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := output()
			tt.change(&o)
			_, err := publish.New(o, nil, nil)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestEmptyValuesMeanDefaults(t *testing.T) {
	out, err := publish.New(feed.Output{Name: "world"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out.Dedup != feed.DedupStory || out.Order != feed.OrderSeen || out.Content != feed.DetailFull || out.Limit != publish.DefaultLimit {
		t.Errorf("got %+v", out.Output)
	}
}
