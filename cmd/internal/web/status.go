package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"sluice/feed"
	"sluice/feed/fare"
	"sluice/storage"
)

// Status is what the page for operators shows. Nothing in it is secret; titles and errors
// are what strangers say.
type Status struct {
	Now     time.Time
	Sources []feed.SourceState // in any order; the page's to sort
	Address func(feed.SourceID) string
	Outputs []StatusOutput
	Store   storage.Usage
	Backup  time.Time // when the store was last copied; zero: never
	BaseURL string    // of the outputs

	Loaded  time.Time // when the configuration in use was taken
	Refused time.Time // when a later one was refused; zero: none was
	Reasons []string  // why, a line each
}

// StatusOutput is an output with who reads it.
type StatusOutput struct {
	Listed
	Readers OutputReaders // zero where nobody asked yet
}

// statusLength is how many sources a page shows: with what is said of the worst of them it
// stays well below a megabyte, however many are configured.
const statusLength = 250

// statusSet renders the page for operators.
type statusSet struct {
	tmpl   *template.Template
	style  template.CSS
	policy string
}

var newStatusSet = sync.OnceValue(func() *statusSet {
	style, err := templates.ReadFile("templates/status.css")
	if err != nil {
		panic(err) // embedded at build time
	}
	sum := sha256.Sum256(style)
	return &statusSet{
		tmpl:  template.Must(template.ParseFS(templates, "templates/head.html", "templates/status.html", "templates/status_part.html")),
		style: template.CSS(style),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
})

// statusPage serves the page, by kind and number where the query says so.
func statusPage(log *slog.Logger, status func(context.Context) (Status, error)) http.HandlerFunc {
	set := newStatusSet()
	return func(w http.ResponseWriter, r *http.Request) {
		want, ok := readStatusQuery(r.URL.Query())
		if !ok {
			refuse(w, http.StatusNotFound, "there is no such page; see /status", "no-store")
			return
		}
		s, err := status(r.Context())
		if err != nil {
			log.ErrorContext(r.Context(), "status failed", "err", err)
			refuse(w, http.StatusInternalServerError, "status is not available; see the log", "no-store")
			return
		}
		view, ok := newStatusView(s, want)
		if !ok {
			refuse(w, http.StatusNotFound, "there is no such page; see /status", "no-store")
			return
		}
		view.Style = set.style
		var page bytes.Buffer
		if err := set.tmpl.ExecuteTemplate(&page, "status.html", view); err != nil {
			panic(fmt.Errorf("status page: %w", err)) // the data are ours: a bug, seen by the tests
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", set.policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		_, _ = w.Write(page.Bytes()) // as in send
	}
}

// statusQuery is which sources are asked for.
type statusQuery struct {
	kind fare.Kind // empty: all
	page int       // from 1
}

func readStatusQuery(q url.Values) (want statusQuery, ok bool) {
	want.page = 1
	if s := q.Get("page"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return want, false
		}
		want.page = n
	}
	want.kind = fare.Kind(q.Get("state"))
	return want, want.kind == "" || slices.Contains(fare.Kinds(), want.kind)
}

// address is where such a page is.
func (q statusQuery) address() string {
	v := url.Values{}
	if q.kind != "" {
		v.Set("state", string(q.kind))
	}
	if q.page > 1 {
		v.Set("page", strconv.Itoa(q.page))
	}
	if len(v) == 0 {
		return "/status"
	}
	return "/status?" + v.Encode()
}

// choose returns the sources of a page, the worst first, and how many pages there are of
// such. Only what is shown is sorted for good: there may be ten thousand.
func (s *Status) choose(want statusQuery) (shown []*feed.SourceState, pages int) {
	all := make([]*feed.SourceState, 0, len(s.Sources))
	for i := range s.Sources {
		if st := &s.Sources[i]; want.kind == "" || fare.KindOf(st) == want.kind {
			all = append(all, st)
		}
	}
	slices.SortFunc(all, fare.Worst)
	pages = max((len(all)+statusLength-1)/statusLength, 1)
	if want.page > pages {
		return nil, pages
	}
	first := (want.page - 1) * statusLength
	return all[first:min(first+statusLength, len(all))], pages
}

// overview counts the sources.
func (s *Status) overview() fare.Overview {
	o := fare.Overview{Kinds: map[fare.Kind]int{}, Daemon: &fare.Daemon{
		Outputs: len(s.Outputs), Bytes: s.Store.Bytes, Free: s.Store.Free, Copied: s.Backup, Loaded: s.Loaded, Refused: s.Refused, Reasons: s.Reasons,
	}}
	for i := range s.Sources {
		st := &s.Sources[i]
		o.Kinds[fare.KindOf(st)]++
		o.Plan(st, s.Now)
	}
	return o
}
