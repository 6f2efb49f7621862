package ingest_test

import (
	"net/http"
	"testing"

	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestAPartOfAFeedIsMergedAndStandsForNothingElse(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one", "two"), ETag: `"1"`})
	r.must(ingest.Changed)
	was := r.state("a")

	part := `<rss version="2.0"><channel><title>Only what is new</title><item><guid isPermaLink="false">id-three</guid><title>three</title></item></channel></rss>`
	r.serve(fetchtest.Reply{Status: http.StatusIMUsed, Body: part, Header: http.Header{"Im": {"feed"}, "Etag": {`"2"`}}})
	if rep := r.must(ingest.Changed); rep.Merged.New != 1 {
		t.Errorf("%+v", rep.Merged)
	}
	r.wantTitles("a", "one", "two", "three")
	st := r.state("a")
	if st.ETag != `"2"` || st.Body != was.Body || st.Info != was.Info {
		t.Errorf("tag %q, the whole document's hash kept %v, title %q", st.ETag, st.Body == was.Body, st.Info.Title)
	}

	// The part is sent again under a new tag: its items are known.
	r.serve(fetchtest.Reply{Status: http.StatusIMUsed, Body: part, Header: http.Header{"Im": {"feed"}, "Etag": {`"3"`}}})
	if rep := r.must(ingest.Changed); rep.Merged.New != 0 || r.state("a").ETag != `"3"` {
		t.Errorf("%+v, tag %q", rep.Merged, r.state("a").ETag)
	}

	// A 200 to the same request is the whole.
	r.serve(fetchtest.Reply{Body: rss("three", "four"), ETag: `"4"`})
	if rep := r.must(ingest.Changed); rep.Merged.New != 1 {
		t.Errorf("%+v", rep.Merged)
	}
	r.wantTitles("a", "one", "two", "three", "four")
}
