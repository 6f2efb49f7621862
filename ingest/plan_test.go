package ingest_test

import (
	"testing"
	"time"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage/bolt/bolttest"
)

func TestASourceThatLeftThePlanIsNotPolledAgainAndKeepsItsArticles(t *testing.T) {
	seen := polls{}
	ticking(t, ingest.Options{}, func(r *rig, file func(string) ingest.Source) {
		stays, goes := file("stays"), file("goes")
		r.use(stays, goes)
		r.sync(ingest.Request{})
		r.attach(r.store, ingest.Options{Observe: seen.observe(time.Now())})
		r.use(stays)
		play(r, 3*time.Hour+time.Minute)
		r.wantTitles("goes", "goes")
	})
	if len(seen["stays"]) != 3 || len(seen["goes"]) != 0 {
		t.Errorf("polls %v, want three of what stays and none of what goes", seen)
	}
}

func TestAChangedIntervalMovesTheNextPoll(t *testing.T) {
	for name, tc := range map[string]struct{ interval, least, wait time.Duration }{
		"shorter":                    {15 * time.Minute, 0, 15 * time.Minute},
		"longer":                     {6 * time.Hour, 0, 6 * time.Hour},
		"shorter than the minimum":   {time.Minute, 30 * time.Minute, 30 * time.Minute},
		"unchanged is left as it is": {time.Hour, 0, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			r.serve(fetchtest.Reply{Body: rss("one")})
			r.must(ingest.Changed)
			at := r.state("a").LastAttempt
			r.due("a", at.Add(2*time.Hour))
			s := r.plan.Sources[0]
			s.Interval, r.plan.Min = tc.interval, tc.least
			r.use(s)
			if got := r.state("a").NextPoll.Sub(at); got != tc.wait {
				t.Errorf("next poll %v after the last, want %v", got, tc.wait)
			}
			if rep := r.must(ingest.NotModified); rep.Next.Sub(rep.At) != max(tc.interval, tc.least) {
				t.Errorf("the poll after that %v later", rep.Next.Sub(rep.At))
			}
		})
	}
}

func TestAFailingSourceKeepsItsBackOffWhenItsIntervalChanges(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Status: 500})
	r.must(ingest.Failed)
	was := r.state("a").NextPoll
	s := r.plan.Sources[0]
	s.Interval = time.Minute
	r.use(s)
	if is := r.state("a").NextPoll; !is.Equal(was) {
		t.Errorf("next poll %v, before %v", is, was)
	}
}

func TestAChangedAddressIsAskedAtOnceWithoutTheOldValidators(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"1"`, LastModified: "then"})
	r.must(ingest.Changed)
	r.use(source("a", r.pub.Set("/new", fetchtest.Reply{Body: rss("one", "two"), ETag: `"1"`})))
	if rep := r.sync(ingest.Request{})[0]; rep.Outcome != ingest.Changed || rep.Merged.New != 1 || r.pub.Count("/new") != 1 {
		t.Errorf("report %+v", rep)
	}
	wantHeader(t, r.pub.Last(), "If-None-Match", "")
	wantHeader(t, r.pub.Last(), "If-Modified-Since", "")
	r.wantTitles("a", "one", "two")
}

// queued polls a, and then has the Runner run with a hanging and b behind it in
// the queue of their host. Both have been polled before, with validators.
func queued(t *testing.T) (r *rig, stop func() error) {
	t.Helper()
	r = newRig(t, ingest.Options{}, fetch.Options{})
	r.use(served(r, "a", "b")...)
	r.sync(ingest.Request{})
	r.due("a", time.Now().Add(-2*time.Second))
	r.due("b", time.Now().Add(-time.Second))
	r.pub.Forget()
	r.pub.Set("/a", fetchtest.Reply{Body: rss("a", "more"), Delay: 300 * time.Millisecond})
	stop = r.running()
	until(t, "the request for a", func() bool { return r.pub.Count("/a") == 1 })
	return r, stop
}

func TestAPlanThatChangesWhileAPollWaitsRulesIt(t *testing.T) {
	for name, change := range map[string]func(b *ingest.Source) (stays bool){
		"it left":         func(*ingest.Source) bool { return false },
		"it was disabled": func(b *ingest.Source) bool { b.Disabled = true; return true },
		"it moved": func(b *ingest.Source) bool {
			b.URL += "?moved"
			b.Target.URL = b.URL
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, stop := queued(t)
			a, b, wait := r.plan.Sources[0], r.plan.Sources[1], source("w", r.pub.Set("/w", fetchtest.Reply{Body: rss("w")}))
			moves := change(&b) && !b.Disabled
			if stays := moves || b.Disabled; stays {
				r.use(a, b, wait)
			} else {
				r.use(a, wait)
			}
			until(t, "the poll of what came last", func() bool { return len(r.titles("w")) == 1 })
			if moves {
				until(t, "the poll of b", func() bool { return r.pub.Count("/b") > 0 && !r.state("b").NextPoll.IsZero() })
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			r.wantTitles("a", "a", "more") // the poll that ran was not lost
			var asked []fetchtest.Request
			for _, req := range r.pub.Requests() {
				if req.Path == "/b" || req.Path == "/b?moved" {
					asked = append(asked, req)
				}
			}
			switch {
			case !moves && len(asked) != 0:
				t.Errorf("b was asked %d times", len(asked))
			case moves && (len(asked) != 1 || asked[0].Path != "/b?moved"):
				t.Errorf("%d requests, want one of the new address: %+v", len(asked), asked)
			case moves:
				wantHeader(t, asked[0].Header, "If-None-Match", "")
			}
		})
	}
}

func TestAPlanThatChangesWhileAPollRunsLosesNoPoll(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(r *rig, a *ingest.Source)
		titles []string      // in the end
		paths  []string      // asked in the end, in order
		next   time.Duration // after the last poll
	}{
		"nothing of it": {func(*rig, *ingest.Source) {}, []string{"a", "more"}, []string{"/a"}, time.Hour},
		"its interval": {
			func(_ *rig, a *ingest.Source) { a.Interval = 10 * time.Minute },
			[]string{"a", "more"},
			[]string{"/a"},
			10 * time.Minute,
		},
		"its address": {
			func(r *rig, a *ingest.Source) {
				a.URL = r.pub.Set("/new", fetchtest.Reply{Body: rss("a", "new"), ETag: `"new"`})
				a.Target.URL = a.URL
			},
			[]string{"a", "new"},
			[]string{"/a", "/new"},
			time.Hour,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, stop := queued(t)
			a, b := r.plan.Sources[0], r.plan.Sources[1]
			tc.change(r, &a)
			r.use(a, b)
			until(t, "the last poll of a", func() bool { return len(r.titles("a")) == len(tc.titles) })
			until(t, "the poll of b", func() bool { return r.pub.Count("/b") == 1 })
			if err := stop(); err != nil {
				t.Error(err)
			}
			r.wantTitles("a", tc.titles...)
			var paths []string
			for _, req := range r.pub.Requests() {
				if req.Path != "/b" {
					paths = append(paths, req.Path)
				}
			}
			if len(paths) != len(tc.paths) || paths[len(paths)-1] != tc.paths[len(paths)-1] {
				t.Errorf("asked %q, want %q", paths, tc.paths)
			}
			if st := r.state("a"); st.NextPoll.Sub(st.LastAttempt) != tc.next {
				t.Errorf("next poll after %v, want %v", st.NextPoll.Sub(st.LastAttempt), tc.next)
			}
		})
	}
}

func TestWhileAPlanIsBeingReplacedNoAddressGetsWhatIsAnothers(t *testing.T) {
	store := &meddled{Store: bolttest.Open(t)}
	r := rigOver(t, store.Store, ingest.Options{}, fetch.Options{})
	r.attach(store, ingest.Options{})
	r.serve(fetchtest.Reply{Body: rss("one"), ETag: `"old"`})
	r.must(ingest.Changed)
	r.pub.Forget()

	// The store knows of the new address, and the Runner not yet.
	store.afterSetSources = func() {
		if rep := r.poll(); rep.Outcome != ingest.NotDue || r.pub.Count("") != 0 {
			t.Errorf("outcome %s after %d requests, want none", rep.Outcome, r.pub.Count(""))
		}
	}
	r.use(source("a", r.pub.Set("/new", fetchtest.Reply{Body: rss("two"), ETag: `"new"`})))
	if st := r.state("a"); st.ETag != "" {
		t.Errorf("ETag %s before the new address was asked", st.ETag)
	}
	if rep := r.sync(ingest.Request{})[0]; rep.Outcome != ingest.Changed || r.state("a").ETag != `"new"` {
		t.Errorf("outcome %s, ETag %s", rep.Outcome, r.state("a").ETag)
	}
}

func TestAPlanThatTheStoreRefusesChangesNothing(t *testing.T) {
	r := newRig(t, ingest.Options{}, fetch.Options{})
	r.serve(fetchtest.Reply{Body: rss("one")})
	a, plan := r.plan.Sources[0], r.plan
	plan.Sources = []ingest.Source{a, source("b", a.URL), a}
	if err := r.runner.SetPlan(t.Context(), plan); err == nil {
		t.Error("a plan with a source twice was taken")
	}
	r.must(ingest.Changed)
	if _, err := r.runner.Sync(t.Context(), ingest.Request{Sources: []feed.SourceID{"b"}}, nil); err == nil {
		t.Error("a source of a refused plan is known")
	}
}
