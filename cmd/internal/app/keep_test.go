package app

import (
	"context"
	"testing"
	"time"

	"sluice/config"
)

// again is a start over what was stored, with another configuration where one is given.
func (p *publisher) again(cfg *config.Config) *outputs {
	p.Helper()
	next := p.outputs()
	if err := next.replace(p.Context(), cfg, func() error { return nil }); err != nil {
		p.Fatal(err)
	}
	return next
}

func TestAStartServesWhatWasServedBeforeAnythingIsBuilt(t *testing.T) {
	publishing(t, "  - {name: all}\n  - {name: none, keep: 'false'}\n", func(p *publisher) {
		p.poll("one", "two")
		p.wait(2 * keepEvery) // it is kept beside what it does, too
		walks := p.store.walks.Load()
		next := p.again(p.cfg)
		if n := p.store.walks.Load() - walks; n != 0 {
			p.Errorf("%d builds before what is kept is served", n)
		}
		for _, name := range []string{"all", "none"} {
			was, is := p.doc(name), next.now.Load().byName[name].document()
			if is == nil || is.RSS.ETag != was.RSS.ETag || is.JSON.ETag != was.JSON.ETag || !is.Modified.Equal(was.Modified) || len(is.Entries) != len(was.Entries) {
				p.Errorf("%s: served %+v, want %+v", name, is, was)
			}
		}
		if err := next.settle(p.Context()); err != nil {
			p.Fatal(err)
		}
		if n := p.store.walks.Load() - walks; n != 2 {
			p.Errorf("%d builds after the start, want one of each output", n)
		}
		if was, is := p.doc("all"), next.now.Load().byName["all"].document(); is.RSS.ETag != was.RSS.ETag || is.Atom.ETag != was.Atom.ETag {
			p.Error("the first build differs from what was kept")
		}
	})
}

func TestAStartBuildsWhatIsNotAsItWasKept(t *testing.T) {
	publishing(t, "  - {name: all}\n", func(p *publisher) {
		p.poll("one")
		p.out.keep(p.Context(), true)
		changed := *p.cfg
		changed.Server.BaseURL = "https://elsewhere.example"
		walks := p.store.walks.Load()
		p.again(&changed)
		if n := p.store.walks.Load() - walks; n != 1 {
			p.Errorf("%d builds under another base_url, want 1", n)
		}
		p.poll("one", "two") // published, and not kept yet
		walks = p.store.walks.Load()
		next := p.again(p.cfg)
		if n := p.store.walks.Load() - walks; n != 1 {
			p.Errorf("%d builds where more was published than was kept, want 1", n)
		}
		if got := len(next.now.Load().byName["all"].document().Entries); got != 2 {
			p.Errorf("%d entries, want 2", got)
		}
	})
}

func TestAStopKeepsWhatIsServed(t *testing.T) {
	publishing(t, "  - {name: all}\n", func(p *publisher) {
		p.poll("one")
		ctx, stop := context.WithCancel(p.Context())
		stop()
		if err := p.out.run(ctx); err != nil {
			p.Fatal(err)
		}
		walks := p.store.walks.Load()
		p.again(p.cfg)
		if n := p.store.walks.Load() - walks; n != 0 {
			p.Errorf("%d builds after a clean stop", n)
		}
		p.wait(time.Second)
	})
}
