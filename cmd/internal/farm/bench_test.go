package farm_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/farm"
	"sluice/storage/bolt"
	"sluice/storage/record"
)

func TestMain(m *testing.M) {
	if status, isFloor := runFloor(); isFloor {
		os.Exit(status)
	}
	if dir := os.Getenv(profileVar); dir != "" {
		os.Exit(runProfiled(dir))
	}
	os.Exit(m.Run())
}

// programs are what is measured.
var programs = []string{floorGet, floorGofeed, floorStore, "sluice"}

// passes are what each program does in a round: everything new, nothing new,
// a tenth of the feeds changed.
var passes = []string{"cold", "all 304", "10 % changed"}

// times is how often a round makes each pass. One that brings nothing is over in some
// hundredths of a second, of which a single one says little: the round's figure is the median.
var times = []int{1, 9, 1}

// cost is what one pass of one program took. It belongs to the child process:
// the farm runs in the parent.
type cost struct {
	CPU  float64 // user and system seconds per 1,000 feeds
	Anon float64 // peak anonymous memory, MiB; 0 where the system does not tell
	// Disk is the size of what a cold sweep of sluice stored, in MB, and Payload that of the
	// articles in it, compressed one by one.
	Disk, Payload float64
}

// did is what a pass reports: a floor's tally or the sum of sluice sync --json.
type did struct {
	Polled, Changed, Failed, New, Updated int
	NotModified                           int `json:"not_modified"`
}

// sweeps counts the rounds of BenchmarkSweep: each is made over other feeds.
var sweeps int

// BenchmarkSweep is a round in which sluice and the floors make each pass over one farm, so
// that a busy minute of the machine hits all of them. Rounds are go test's -count; FEEDS
// changes their size.
func BenchmarkSweep(b *testing.B) {
	feeds := env(b, "FEEDS", 1000)
	sluice := buildSluice(b)
	costs := map[string]map[string]cost{} // by pass and program
	for b.Loop() {
		costs = measureRound(b, sluice, farm.Options{Feeds: feeds, Seed: uint64(sweeps)}, sweeps)
		sweeps++
	}
	b.ReportMetric(0, "ns/op") // the farm's time is in it: worth nothing
	for _, pass := range passes {
		for program, c := range costs[pass] {
			b.ReportMetric(c.CPU, metric(pass, program, "cpu-s"))
		}
		b.ReportMetric(costs[pass]["sluice"].Anon, metric(pass, "sluice", "MiB"))
	}
	b.ReportMetric(float64(feeds), "feeds")
	b.ReportMetric(costs[passes[0]]["sluice"].Disk*1000/float64(feeds), "disk-MB")
	b.ReportMetric(costs[passes[0]]["sluice"].Disk/costs[passes[0]]["sluice"].Payload, "disk/payload")
}

// metric is the unit of a figure, which is all that a benchmark calls it.
func metric(pass, program, what string) string {
	short := map[string]string{"cold": "cold", "all 304": "304", "10 % changed": "changed"}
	return short[pass] + "-" + strings.TrimPrefix(program, "floor-") + "-" + what
}

// measureRound lets every program make every pass over one farm, pass by pass. In each round
// another of them begins.
func measureRound(tb testing.TB, sluice string, opt farm.Options, round int) (costs map[string]map[string]cost) {
	tb.Helper()
	costs = map[string]map[string]cost{}
	f := farm.New(opt)
	if _, err := f.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
	}()
	dirs := map[string]string{}
	for _, program := range programs {
		dirs[program] = tb.TempDir()
		prepare(tb, dirs[program], f.URLs())
	}
	for p, pass := range passes {
		if p == 2 {
			f.Tick()
		}
		took, peaks := map[string][]float64{}, map[string]float64{}
		for again := range times[p] {
			for i := range programs {
				program := programs[(i+round+again)%len(programs)]
				if program == "sluice" && sluice == "" {
					continue
				}
				f.Requests()
				c, done := run(tb, command(tb, program, sluice, dirs[program]))
				check(tb, program+", "+pass, pass, opt.Feeds, done, f.Requests())
				took[program] = append(took[program], c.CPU*1000/float64(opt.Feeds))
				peaks[program] = max(peaks[program], c.Anon)
			}
		}
		costs[pass] = map[string]cost{}
		for program, all := range took {
			costs[pass][program] = cost{CPU: median(all), Anon: peaks[program]}
		}
		if c, ok := costs[pass]["sluice"]; ok && p == 0 {
			c.Disk, c.Payload = disk(tb, filepath.Join(dirs["sluice"], "sluice.db"))
			costs[pass]["sluice"] = c
		}
	}
	return costs
}

// disk is the size of a store's file, and of what is in it of articles, compressed, in MB.
func disk(tb testing.TB, path string) (file, payload float64) {
	tb.Helper()
	s, err := bolt.Open(tb.Context(), path, bolt.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	texts, err := record.NewTexts()
	if err != nil {
		tb.Fatal(err)
	}
	size := 0
	for seq := uint64(0); ; {
		page, err := s.After(tb.Context(), seq, 1000)
		if err == nil {
			err = s.Fill(tb.Context(), page)
		}
		if err != nil {
			tb.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			size += len(record.Head{Stored: a}.Encode()) + len(texts.Encode(a.Summary, a.Content))
		}
		seq = page[len(page)-1].Seq
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		tb.Fatal(err)
	}
	return float64(info.Size()) / 1e6, float64(size) / 1e6
}

// prepare writes what the programs read: addresses for the floors, a
// configuration for sluice. The polite defaults are for strangers' servers.
func prepare(tb testing.TB, dir string, urls []string) {
	tb.Helper()
	if err := writeJSON(filepath.Join(dir, "urls.json"), urls); err != nil {
		tb.Fatal(err)
	}
	var c strings.Builder
	fmt.Fprintf(&c, "server: {listen: %q, admin: \"\"}\n", "unix:"+filepath.Join(dir, "public.sock"))
	fmt.Fprintf(&c, "storage:\n  path: %s\n", filepath.Join(dir, "sluice.db"))
	fmt.Fprintf(&c, "ingest:\n  workers: %d\n  per_host: {parallel: %d, spacing: 0s}\n  allow_private: [127.0.0.0/8]\nsources:\n", sweepers, sweepers)
	for i, url := range urls {
		fmt.Fprintf(&c, "  - {name: feed-%d, url: %q}\n", i, url)
	}
	c.WriteString("outputs:\n  - {name: all, title: All feeds}\n")
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(c.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
}

func command(tb testing.TB, program, sluice, dir string) *exec.Cmd {
	tb.Helper()
	if program == "sluice" {
		return exec.CommandContext(tb.Context(), sluice, "sync", "--all", "--json", "-c", filepath.Join(dir, "config.yaml"))
	}
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), self)
	// A race detector waits a second before it lets a program end.
	cmd.Env = append(os.Environ(), childVar+"="+program+"="+dir, "GORACE=atexit_sleep_ms=0")
	return cmd
}

func run(tb testing.TB, cmd *exec.Cmd) (cost, did) {
	tb.Helper()
	// A log that is read through a pipe would cost its writer for its reader.
	log, err := os.Create(filepath.Join(tb.TempDir(), "log"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = log.Close() }() // it was only read
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, log
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended, peak := make(chan struct{}), make(chan float64)
	go func() { peak <- peakAnon(cmd.Process.Pid, ended) }()
	err = cmd.Wait()
	close(ended)
	c := cost{Anon: <-peak}
	if err != nil {
		said, _ := os.ReadFile(log.Name()) // the error is told in any case
		tb.Fatalf("%s: %v\n%s", cmd, err, said)
	}
	c.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	var d did
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		tb.Fatalf("%s: %v\n%.500s", cmd, err, out.String())
	}
	return c, d
}

// peakAnon samples a process's anonymous memory until it has ended.
func peakAnon(pid int, ended <-chan struct{}) float64 {
	peak := 0.0
	for {
		peak = max(peak, anon(pid))
		select {
		case <-ended:
			return peak
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// anon is the anonymous memory of a process, in MiB; 0 where the system does not tell.
// Resident file pages are left out: they are the system's to take back.
func anon(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	var kib float64
	if _, rest, ok := strings.Cut(string(status), "RssAnon:"); ok {
		_, _ = fmt.Sscan(rest, &kib) // it stays 0
	}
	return kib / 1024
}

// check refuses a figure for work that was not done.
func check(tb testing.TB, what, pass string, feeds int, d did, served farm.Counts) {
	tb.Helper()
	changed := map[string]int{"cold": feeds, "all 304": 0, "10 % changed": feeds / 10}[pass]
	if d.Changed != changed || d.NotModified != feeds-changed || d.Failed != 0 {
		tb.Errorf("%s: did %+v, want %d changed and %d not modified", what, d, changed, feeds-changed)
	}
	if want := (farm.Counts{Full: int64(changed), NotModified: int64(feeds - changed)}); served != want {
		tb.Errorf("%s: the farm answered %+v, want %+v", what, served, want)
	}
	stores := strings.HasPrefix(what, floorStore) || strings.HasPrefix(what, "sluice")
	fresh := map[string]int{"cold": feeds * 50, "10 % changed": feeds / 10 * 2}[pass]
	if stores && d.New != fresh {
		tb.Errorf("%s: stored %d new items, want %d", what, d.New, fresh)
	}
	if edited := feeds / 10; strings.HasPrefix(what, "sluice") && pass == passes[2] && d.Updated != edited {
		tb.Errorf("%s: updated %d items, want %d", what, d.Updated, edited)
	}
}

func buildSluice(b *testing.B) string {
	b.Helper()
	if bin := os.Getenv("SLUICE_BIN"); bin != "" {
		return bin
	}
	bin := filepath.Join(b.TempDir(), "sluice")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-o", bin, "sluice/cmd/sluice")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return bin
}

func env(tb testing.TB, name string, zero int) int {
	tb.Helper()
	value := os.Getenv(name)
	if value == "" {
		return zero
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		tb.Fatalf("%s=%q: want a number above 0", name, value)
	}
	return n
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// TestFloorsDoTheirWork keeps the benchmark honest at the price of a second: a
// small round in which every floor must store and skip what it should.
func TestFloorsDoTheirWork(t *testing.T) {
	costs := measureRound(t, "", farm.Options{Feeds: 20, Bytes: 20_000, Hosts: 3}, 0)
	for _, pass := range passes {
		for _, program := range programs[:3] {
			if costs[pass][program].CPU <= 0 {
				t.Errorf("%s, %s: cost nothing", program, pass)
			}
		}
	}
}
