package attack_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// world is a publisher, a daemon that is there or not, and what is known of both.
type world struct {
	*publisher
	t      *testing.T
	dir    string
	config string
	draw   *rand.Rand
	steps  []string

	daemon *process // nil: none runs
	oracle *oracle
	served map[string]string // by file, what was last served of an output; nil: not known
	polled bool              // all sources were, so that a start finds none of them due
	behind bool              // what was stored without the daemon may not be served yet: a start serves first what was
}

func newWorld(t *testing.T, draw *rand.Rand) *world {
	t.Helper()
	w := &world{publisher: newPublisher(t, 4), t: t, dir: t.TempDir(), draw: draw, oracle: newOracle()}
	w.config = w.configure(t, w.dir, store(w.dir))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("steps: %s", strings.Join(w.steps, ", "))
		}
	})
	return w
}

// start starts the daemon and waits until it serves.
func (w *world) start() {
	w.daemon = spawn(w.t, program, "serve", "--log-format=json", "-c", w.config)
	before := w.served
	if !w.polled {
		before = nil // it polls some, and what comes of that is served when it is
	}
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if files := w.fetch(); files != nil {
			if before != nil {
				same(w.t, files, before)
			}
			return
		}
		if time.Since(began) > patience {
			w.t.Fatal("the daemon does not serve")
		}
	}
}

// fetch asks for all forms of the output; nil: not all are served yet.
func (w *world) fetch() map[string]string {
	files := map[string]string{}
	for _, name := range []string{"all.rss", "all.atom", "all.json"} {
		status, etag, body, err := ask(w.t.Context(), "unix", filepath.Join(w.dir, "public"), "/feeds/"+name)
		if err != nil || status != http.StatusOK {
			return nil
		}
		files[name] = etag + "\n" + body
	}
	return files
}

// read notes what is served, unless that may be from before the last poll.
func (w *world) read() {
	if files := w.fetch(); !w.behind {
		w.served = files
	}
}

// kill ends the daemon in whatever it does, and judges what it leaves.
func (w *world) kill() {
	w.daemon.signal(syscall.SIGKILL)
	w.gone()
}

// gone waits for the end of the daemon, and judges what it leaves.
func (w *world) gone() {
	got := w.daemon.end() // how it ended does not matter
	w.daemon = nil
	w.oracle.hears(got.err)
	w.oracle.judge(w.t, w.config, store(w.dir))
}

// poll has everything polled, by the daemon or without it, and killed after a while or not.
func (w *world) poll(cut bool) {
	w.served = nil
	ctx, done := context.WithTimeout(w.t.Context(), patience)
	defer done()
	var said, out bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "sync", "--all", "--log-format=json", "-c", w.config)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	if cut {
		time.Sleep(time.Duration(w.draw.IntN(40)) * time.Millisecond)
		if w.daemon != nil {
			w.kill()
		} else if err := cmd.Process.Kill(); err != nil {
			w.t.Fatal(err)
		}
	}
	_ = cmd.Wait() // with sources that fail it says so
	w.polled, w.behind = w.polled || !cut, cut || w.daemon == nil
	if ctx.Err() != nil {
		w.t.Fatalf("sync hangs\n%s%s", out.String(), said.String())
	}
	w.oracle.hears(said.String())
}

// jumps are what the clock is set to, ahead of the right time: all of them within the age
// that is kept.
var jumps = []time.Duration{0, 90 * time.Second, -time.Hour, 25 * time.Hour, -30 * 24 * time.Hour, 90 * 24 * time.Hour}

// step makes one move, drawn at random.
func (w *world) step() {
	name := fmt.Sprintf("s%d", w.draw.IntN(4))
	jump := jumps[w.draw.IntN(len(jumps))]
	moves := []struct {
		what string
		may  bool
		do   func()
	}{
		{"publish " + name, true, func() { w.grow(name, 1+w.draw.IntN(5)) }},
		{"publish " + name, true, func() { w.grow(name, 1+w.draw.IntN(5)) }},
		{"fault of " + name, true, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.fault[name] = w.draw.IntN(hangs) // all but those that hang
		}},
		{"poll", true, func() { w.poll(false) }},
		{"poll", true, func() { w.poll(false) }},
		{"poll, killed", true, func() { w.poll(true) }},
		{"start", w.daemon == nil, w.start},
		{"start", w.daemon == nil, w.start},
		{"read and kill", w.daemon != nil, func() { w.read(); w.kill() }},
		{"read and stop", w.daemon != nil, func() {
			w.read()
			w.daemon.signal(terminate)
			w.gone()
		}},
		{"clock " + jump.String(), true, func() {
			setClock(w.t, jump)
			w.served, w.polled = nil, false // sources may be due, and may have been polled by the time that it is read
		}},
		{"reload", w.daemon != nil, func() {
			if got := do(w.t, program, "reload", "-c", w.config); got.status != 0 {
				w.t.Fatalf("reload: %v", got)
			}
			w.behind = false // it makes all anew
		}},
		{"compact", true, func() {
			if got := do(w.t, program, "compact", "-c", w.config); got.status != 0 && (w.daemon != nil || len(w.oracle.ids) > 0) {
				w.t.Fatalf("compact: %v", got)
			}
		}},
		{"compact, killed", w.daemon != nil, func() {
			cmd := exec.Command(program, "compact", "-c", w.config)
			if err := cmd.Start(); err != nil {
				w.t.Fatal(err)
			}
			time.Sleep(time.Duration(w.draw.IntN(40)) * time.Millisecond)
			w.kill()
			_ = cmd.Wait() // the daemon is gone
		}},
		{"backup", true, func() {
			if got := do(w.t, program, "backup", filepath.Join(w.dir, "backup"), "-c", w.config); got.status != 0 && (w.daemon != nil || len(w.oracle.ids) > 0) {
				w.t.Fatalf("backup: %v", got)
			}
		}},
	}
	move := moves[w.draw.IntN(len(moves))]
	if !move.may {
		return
	}
	w.steps = append(w.steps, move.what)
	move.do()
}

// schedule makes the moves of one schedule, and returns how many those were.
func schedule(t *testing.T, draw *rand.Rand) (steps int) {
	t.Helper()
	clock(t)
	w := newWorld(t, draw)
	defer w.Close()
	for range 15 {
		w.step()
		if t.Failed() {
			t.FailNow()
		}
	}
	if w.daemon != nil {
		w.kill()
	}
	// All is well again: everything is there, and each item that is listed was stored.
	w.mu.Lock()
	clear(w.fault)
	w.mu.Unlock()
	outputs(t, w.config)
	for source, n := range w.has() {
		w.oracle.stored[source] = n
	}
	w.oracle.judge(t, w.config, store(w.dir))
	return len(w.steps)
}

// TestSchedules lets a publisher, a daemon, and an operator with a heavy hand do what they
// may do, in an order drawn at random, and holds what is left against what was said.
func TestSchedules(t *testing.T) {
	draw := chance(t)
	turnable(t)
	schedules, steps := attacks(t, 3), 0
	for n := range schedules {
		seed := rand.NewPCG(draw.Uint64(), uint64(n))
		if !t.Run(fmt.Sprint(n), func(t *testing.T) { steps += schedule(t, rand.New(seed)) }) {
			break // one tells enough
		}
	}
	t.Logf("%d schedules of %d steps in all", schedules, steps)
}
