package farm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/cmd/internal/farm"
	"sluice/config/configtest"
	"sluice/feed"
	"sluice/ingest/fetch/fetchtest"
	"sluice/storage"
	"sluice/storage/bolt"

	"go.yaml.in/yaml/v4"
)

// The sizes at which it is measured what a source costs.
var manySizes = []int{1_000, 3_000, 10_000, 30_000, 100_000}

// manyRun is what is measured at one size: CPU seconds, of the process that does it, and
// MiB of anonymous memory.
type manyRun struct {
	sources                           int
	floor, check, start, reload, scan float64 // CPU seconds
	kept, peak                        float64 // of the daemon, when it has started, and at most
}

// TestManySources measures what very many sources cost beside what they are published by:
// to read their configuration, over the floor of the YAML library alone, to start with
// them, to reload them, and to scrape. With SLUICE_MANY up to 100,000 are measured, and
// docs/many-sources.svg is drawn; without it a few show that this works.
func TestManySources(t *testing.T) {
	sizes, drawn, sluice := []int{100, 300}, filepath.Join(t.TempDir(), "many.svg"), builtMany(t)
	if os.Getenv("SLUICE_MANY") != "" {
		sizes, drawn = manySizes, "../../../docs/many-sources.svg"
	}
	var runs []manyRun
	for _, n := range sizes {
		run := measureMany(t, sluice, n)
		t.Logf("%d sources: check %.3f s (%.2f of the YAML alone), start %.2f s, reload %.2f s, scrape %.3f s; %.0f MiB kept, %.0f at most",
			n, run.check, run.check/run.floor, run.start, run.reload, run.scan, run.kept, run.peak)
		runs = append(runs, run)
	}
	if err := os.WriteFile(drawn, drawMany(runs), 0o644); err != nil {
		t.Fatal(err)
	}
}

// builtMany returns the program, which SLUICE_BIN names or which is built.
func builtMany(t *testing.T) string {
	t.Helper()
	if bin := os.Getenv("SLUICE_BIN"); bin != "" {
		return bin
	}
	bin := filepath.Join(t.TempDir(), "sluice")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "sluice/cmd/sluice").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// measureMany measures at one size. Nothing is due meanwhile.
func measureMany(t *testing.T, sluice string, n int) manyRun {
	t.Helper()
	place := settleMany(t, n, 12*time.Hour, 24*time.Hour)
	text, err := os.ReadFile(place.config)
	if err != nil {
		t.Fatal(err)
	}
	run := manyRun{sources: n, floor: 1e9, check: 1e9, reload: 1e9, scan: 1e9}
	for range 3 { // interleaved, the least of each
		var root yaml.Node
		before := ownCPU(t)
		if err := yaml.Unmarshal(text, &root); err != nil {
			t.Fatal(err)
		}
		run.floor = min(run.floor, ownCPU(t)-before)
		cmd := exec.CommandContext(t.Context(), sluice, "check", "-c", place.config)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("check: %v\n%s", err, out)
		}
		run.check = min(run.check, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	}
	d := place.serve(t, sluice)
	run.start = d.cpu(t)
	for range 3 {
		before := d.cpu(t)
		if out, err := exec.CommandContext(t.Context(), sluice, "reload", "-c", place.config).CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "nothing changed" {
			t.Fatalf("reload: %v\n%s", err, out)
		}
		run.reload = min(run.reload, d.cpu(t)-before)
		const scrapes = 4
		before = d.cpu(t)
		for range scrapes {
			answerOf(t, place.admin+"/metrics")
		}
		run.scan = min(run.scan, (d.cpu(t)-before)/scrapes)
	}
	run.kept = d.anon(t)
	run.peak = d.stop(t)
	return run
}

// TestManySourcesAreAskedInTime has a daemon on one processor poll a hundred thousand
// sources that are due once an hour, for as many minutes as SLUICE_MANY says: none of that
// hour is compressed. A tenth of the polls brings something. Without SLUICE_MANY some are
// due within seconds, to show that this works.
func TestManySourcesAreAskedInTime(t *testing.T) {
	sluice := builtMany(t)
	n, from, within, length := 200, 5*time.Second, 10*time.Second, 17*time.Second // what is overdue at the start is spread over an hour
	if minutes, err := strconv.Atoi(os.Getenv("SLUICE_MANY")); err == nil && minutes > 0 {
		n, from, within, length = 100_000, 0, time.Hour, time.Duration(minutes)*time.Minute
	}
	place := settleMany(t, n, from, from+within)
	d := place.serve(t, sluice, "GOMAXPROCS=1")
	start := d.cpu(t)
	for began := time.Now(); time.Since(began) < length; { // how long it is watched, not for what it waits
		time.Sleep(time.Second)
	}
	asked, used, metrics := place.crowd.Requests(), d.cpu(t)-start, answerOf(t, place.admin+"/metrics")
	peak := d.stop(t)
	total, p99 := lagOf(t, metrics)
	t.Logf("%d sources, %v of their hour: %d polls answered 304, %d with a document; 99 of 100 within %v s; CPU %.1f s, %.0f MiB at most",
		n, length, asked.NotModified, asked.Full, p99, used, peak)
	if want := float64(n) * min(length.Seconds()/within.Seconds(), 1); total < 0.8*want-64 {
		t.Errorf("%v polls, want %v", total, want)
	}
	if asked.Full == 0 || asked.NotModified == 0 {
		t.Errorf("%+v were asked for, want some of each", asked)
	}
	if p99 > 30 {
		t.Errorf("99 of 100 polls began within %v s, want 30", p99)
	}
}

// lagOf reads of a scrape how many polls began late and within how many seconds 99 of 100
// of them did, as exactly as the histogram tells.
func lagOf(t *testing.T, metrics string) (polls, p99 float64) {
	t.Helper()
	type bucket struct{ le, n float64 }
	var all []bucket
	for line := range strings.Lines(metrics) {
		if rest, ok := strings.CutPrefix(line, `sluice_poll_lag_seconds_bucket{le="`); ok {
			le, count, _ := strings.Cut(strings.TrimSpace(rest), `"} `)
			var b bucket
			if le == "+Inf" {
				le = "1e9"
			}
			if _, err := fmt.Sscan(le+" "+count, &b.le, &b.n); err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
	}
	if len(all) == 0 {
		t.Fatal("the scrape tells of no lag")
	}
	polls = all[len(all)-1].n
	for _, b := range all {
		if b.n >= 0.99*polls {
			return polls, b.le
		}
	}
	return polls, 1e9
}

// manyPlace is a crowd, and a store and a configuration of its feeds.
type manyPlace struct {
	crowd         *farm.Crowd
	config, admin string
}

// settleMany makes a store in which all feeds of a crowd were polled, and are due again
// at equal distances between two times from now.
func settleMany(t *testing.T, n int, from, to time.Duration) manyPlace {
	t.Helper()
	crowd := farm.NewCrowd(n)
	if err := crowd.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := crowd.Close(); err != nil {
			t.Error(err)
		}
	})
	dir, admin := t.TempDir(), freeAddress(t)
	path := filepath.Join(dir, "sluice.db")
	many := configtest.Many{
		Sources: n, Address: crowd.Address,
		Head: fmt.Sprintf("server: {listen: %s, admin: %s}\nstorage: {path: %s}\ningest: {allow_private: [127.0.0.0/8]}\n", freeAddress(t), admin, path),
		Tail: "outputs:\n  - {name: all}\n",
	}
	place := manyPlace{crowd, filepath.Join(dir, "config.yaml"), "http://" + admin}
	if err := os.WriteFile(place.config, many.YAML(), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	sources := make([]feed.Source, n)
	for i := range sources {
		sources[i] = feed.Source{Name: feed.SourceID(many.Name(i)), URL: crowd.Address(i), Host: strconv.Itoa(i)}
	}
	if _, err := store.SetSources(t.Context(), sources); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	due := func(i int) time.Time { return now.Add(from + (to-from)*time.Duration(i)/time.Duration(n)) }
	for i := 0; i < n; i += 256 {
		var all []*storage.Delivery
		for k := i; k < min(i+256, n); k++ {
			c, err := store.ClaimSource(t.Context(), now, sources[k].Name, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			st := c.State
			st.Status, st.LastAttempt, st.LastSuccess, st.FirstPoll = feed.StatusOK, now.Add(-time.Minute), now.Add(-time.Minute), now.AddDate(0, 0, -1)
			st.Interval, st.ETag, st.NextPoll = time.Hour, `"0"`, due(k*7919%n) // as a list's neighbours are rarely due together
			if k%10 == 9 {
				st.Interval = 2 * time.Hour // as configured
			}
			st.Info = feed.Info{Title: fmt.Sprintf("Blog %d", k), Link: fmt.Sprintf("http://blog-%d.example/", k)}
			all = append(all, &storage.Delivery{Claim: &c, At: now, State: st})
		}
		for _, r := range store.MergeAll(t.Context(), all) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return place
}

// manyDaemon is a daemon that runs.
type manyDaemon struct {
	cmd   *exec.Cmd
	log   *os.File
	ended chan struct{}
	peak  chan float64
}

// serve starts a daemon and waits until it is ready.
func (p manyPlace) serve(t *testing.T, sluice string, env ...string) *manyDaemon {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	d := &manyDaemon{exec.CommandContext(t.Context(), sluice, "serve", "-c", p.config), log, make(chan struct{}), make(chan float64, 1)}
	d.cmd.Stderr, d.cmd.Env = log, append(os.Environ(), env...)
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { d.peak <- peakAnon(d.cmd.Process.Pid, d.ended) }()
	for range 3000 {
		if answerOf(t, p.admin+"/readyz") != "" {
			return d
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the daemon is not ready")
	return nil
}

// stop ends it, and returns how much anonymous memory it had at most, in MiB.
func (d *manyDaemon) stop(t *testing.T) float64 {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := d.cmd.Wait()
	close(d.ended)
	if err = errors.Join(err, d.log.Close()); err != nil {
		said, _ := os.ReadFile(d.log.Name()) // the error is told in any case
		t.Fatalf("serve: %v\n%.2000s", err, said)
	}
	return <-d.peak
}

func (d *manyDaemon) cpu(t *testing.T) float64 {
	t.Helper()
	return cpuOf(t, d.cmd.Process.Pid)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	return fetchtest.Port(t, "127.0.0.1")
}

// answerOf returns an answer's body; empty where there is none yet.
func answerOf(t *testing.T, address string) string {
	t.Helper()
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

// anon is its anonymous memory, in MiB.
func (d *manyDaemon) anon(t *testing.T) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib / 1024
}

// cpuOf is the CPU time of a process that runs, in seconds, to the hundredth.
func cpuOf(t *testing.T, pid int) float64 {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Skip(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks float64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return ticks / 100
}

// ownCPU is the CPU time of this process, in seconds.
func ownCPU(t *testing.T) float64 {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}
