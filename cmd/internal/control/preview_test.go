package control_test

import (
	"encoding/json"
	"testing"
	"time"

	"sluice/cmd/internal/control"
	"sluice/feed"

	"github.com/google/go-cmp/cmp"
)

func TestAPreviewAndItsProposalComeOverTheSocketAsTheyAre(t *testing.T) {
	req := control.PreviewRequest{Output: "all", With: &control.Proposal{
		Sources: []control.ProposedSource{{Name: "a", Was: []feed.SourceID{"b"}, ByAddress: true, Address: 1<<64 - 1, Title: "<A>", Tags: []string{"x"}}},
		Output: &control.ProposedOutput{
			Output: feed.Output{Name: "all", Sources: []feed.SourceID{"a"}, Limit: 7, Window: time.Hour, TitleTemplate: "{{.Title}}"},
			Keep:   control.Rule{Text: `title < "s3cret"`, Shown: `title < "***"`},
		},
	}}
	at := time.Date(2026, 11, 2, 8, 4, 5, 999, time.FixedZone("", 3600))
	e := control.NewPreviewEntry("urn:1", "<One>", "https://a.example/1", "a", at)
	said := control.Previewed{
		Preview: control.Preview{
			Output: "all", Entries: []control.PreviewEntry{e}, Enter: []control.PreviewEntry{}, Leave: []control.PreviewEntry{e},
			Change: []control.PreviewChange{{PreviewEntry: e, What: []string{"title"}, Was: "Two"}},
			Move:   []control.PreviewMove{{PreviewEntry: e, From: 1, To: 2}},
		},
		With: "other", Had: true, Has: true, Unknown: []feed.SourceID{"a"}, Warnings: []string{"w"},
	}
	path, _ := serve(t, daemon{preview: func(got control.PreviewRequest) (control.Previewed, error) {
		if d := cmp.Diff(got, req); d != "" {
			t.Errorf("request (got, want):\n%s", d)
		}
		return said, nil
	}})
	got, err := dial(t, path, time.Minute).Preview(t.Context(), req)
	if err != nil || cmp.Diff(got, said) != "" {
		t.Errorf("%v, got, want:\n%s", err, cmp.Diff(got, said))
	}
	text, err := json.Marshal(e)
	if want := `{"id":"urn:1","title":"\u003cOne\u003e","url":"https://a.example/1","source":"a","published":"2026-11-02T07:04:05Z"}`; err != nil || string(text) != want {
		t.Errorf("an entry is %s, %v", text, err)
	}
	text, err = json.Marshal(control.NewPreviewEntry("urn:2", "", "", "a", time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)))
	if want := `{"id":"urn:2","title":"","url":"","source":"a","published":null}`; err != nil || string(text) != want {
		t.Errorf("beyond RFC 3339: %s, %v", text, err)
	}
}
