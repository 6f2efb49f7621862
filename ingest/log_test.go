package ingest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

func TestEachPollIsOneLineOfTheLog(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	const secret = "hunter2"
	good := source("good", r.pub.Set("/good", fetchtest.Reply{Body: rss("one")})+"?token="+secret)
	bad := source("bad", r.pub.Set("/bad", fetchtest.Reply{Status: 500})+"?token="+secret)
	page := source("page", r.pub.Set("/page", fetchtest.Reply{Body: "<html>" + secret})+"?token="+secret)
	part := source("part", r.pub.Set("/part", fetchtest.Reply{Body: cut("two")})+"?token="+secret)
	ended := source("ended", r.pub.Set("/ended", fetchtest.Reply{Status: 410})+"?token="+secret)
	moved := source("moved", r.pub.Set("/moved", fetchtest.Reply{
		Status: 302, Header: http.Header{"Location": {"http://user:" + secret + "@127.0.0.1:1/?token=" + secret}},
	}))
	all := []ingest.Source{good, bad, page, part, ended, moved, source("refused", refusing(t)+"?token="+secret)}
	for i, s := range all {
		all[i].Target.URL = "http://user:" + secret + "@" + s.URL[len("http://"):]
		all[i].URL = all[i].Target.URL
	}
	r.use(all...)
	reports := r.sync(ingest.Request{})
	want := []string{"bad failed", "ended failed", "good changed", "moved failed", "page failed", "part partial", "refused failed"}
	if got := outcomes(reports); !slices.Equal(got, want) {
		t.Fatalf("reports %q, want %q", got, want)
	}
	r.sync(ingest.Request{}) // asks nobody, and so logs nothing
	for _, rep := range reports {
		wantLine(t, r, rep)
	}
	wantNoSecret(t, r, reports, secret)
}

func TestAPollThatBroughtNothingIsNoLineUnlessTheSourceAnswersAgain(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	same := fetchtest.Reply{Body: rss("one"), ETag: `"1"`}
	for _, step := range []struct {
		reply fetchtest.Reply
		want  ingest.Outcome
		lines int
		note  any
	}{
		{same, ingest.Changed, 1, nil},
		{same, ingest.NotModified, 1, nil},
		{fetchtest.Reply{Status: http.StatusBadGateway}, ingest.Failed, 2, nil},
		{same, ingest.NotModified, 3, "it answers again"},
		{same, ingest.NotModified, 3, "it answers again"},
	} {
		r.serve(step.reply)
		r.must(step.want)
		lines := r.log.polled(t, "a")
		if len(lines) != step.lines || lines[len(lines)-1]["note"] != step.note {
			t.Errorf("after a poll that is %s: %d lines, the last with note %v; want %d with %v", step.want, len(lines), lines[len(lines)-1]["note"], step.lines, step.note)
		}
	}
}

func TestAFailureThatGoesOnIsLoggedEachTenthTimeWithItsCount(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Status: http.StatusBadGateway})
	for range 11 {
		r.must(ingest.Failed)
	}
	r.serve(fetchtest.Reply{Status: http.StatusNotFound})
	r.must(ingest.Failed)
	lines := r.log.polled(t, "a")
	var got []string
	for _, line := range lines {
		got = append(got, fmt.Sprintf("%v %v %v", line["level"], line["status"], line["polls"]))
		if since, ok := line["since"].(string); ok != (line["polls"] != nil) || ok && since[:4] < "2020" {
			t.Errorf("since %v, %v polls", line["since"], line["polls"])
		}
	}
	if want := []string{"WARN 502 <nil>", "WARN 502 10", "WARN 404 12"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGuidsThatAreNotBelievedAreOneWarningInTheLog(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	for i := range 4 {
		doc := strings.NewReplacer("id-one", "feed", "id-two", "feed", "id-three", "feed").Replace(rss("one", "two", "three", fmt.Sprint("n", i)))
		r.serve(fetchtest.Reply{Body: doc})
		r.must(ingest.Changed)
	}
	if log := r.log.String(); strings.Count(log, `"level":"WARN"`) != 1 || !strings.Contains(log, `"source":"a","fault":"shared"`) {
		t.Errorf("want one warning that names the source and the fault:\n%s", log)
	}
	if st := r.state("a"); st.GUIDs != feed.GUIDsShared || st.Articles != 7 {
		t.Errorf("the state says %q, with %d articles", st.GUIDs, st.Articles)
	}
}

// wantLine fails the test unless the log has one line about a source's poll, and
// it says what the report says.
func wantLine(t *testing.T, r *rig, rep ingest.Report) {
	t.Helper()
	lines := r.log.polled(t, string(rep.Source))
	if len(lines) != 1 {
		t.Fatalf("%d lines about %s, want one", len(lines), rep.Source)
	}
	next := "none"
	if !rep.Next.IsZero() {
		next = rep.Next.Format(time.RFC3339)
	}
	level := "INFO"
	if rep.Err != nil {
		level = "WARN"
	}
	want := map[string]any{
		"level": level, "outcome": string(rep.Outcome), "next": next,
		"status": float64(rep.Status), "new": float64(rep.Merged.New), "bytes": float64(rep.Bytes),
	}
	for key, value := range want {
		if lines[0][key] != value {
			t.Errorf("%s: %s is %v, want %v", rep.Source, key, lines[0][key], value)
		}
	}
	if _, there := lines[0]["err"]; there != (rep.Err != nil) {
		t.Errorf("%s: line %v, error %v", rep.Source, lines[0], rep.Err)
	}
}

// wantNoSecret fails the test when a secret is in the log, a report, a state or
// an article.
func wantNoSecret(t *testing.T, r *rig, reports []ingest.Report, secret string) {
	t.Helper()
	states, err := r.store.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	articles, err := r.store.After(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"the log": r.log.String(), "a report": fmt.Sprintf("%+v", reports),
		"a state": fmt.Sprintf("%+v", states), "an article": fmt.Sprintf("%+v", articles),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret is in %s: %s", what, text)
		}
	}
}

// journal keeps a log for reading while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// polled returns the lines about polls of a source.
func (j *journal) polled(t *testing.T, name string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(j.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("log line %q: %v", text, err)
		}
		if line["msg"] == "polled" && line["source"] == name {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestABacklogIsLoggedAndNewsAreNot(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	for n, doc := range []string{rss("one", "two", "three"), rss("four", "one", "two", "three")} {
		r.serve(fetchtest.Reply{Body: doc})
		r.must(ingest.Changed)
		lines := r.log.polled(t, "a")
		if got, want := lines[n]["backlog"], []any{3.0, nil}[n]; got != want {
			t.Errorf("poll %d: backlog %v, want %v", n, got, want)
		}
	}
}
