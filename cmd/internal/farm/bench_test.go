package farm_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"sluice/cmd/internal/farm"
)

func TestMain(m *testing.M) {
	if status, isFloor := runFloor(); isFloor {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// programs are measured in this order, sluice last, because its figures are
// divided by those of the others.
var programs = []string{floorGet, floorGofeed, floorStore, "sluice"}

// passes are what each program does in a round: everything new, nothing new,
// a tenth of the feeds changed.
var passes = []string{"cold", "all 304", "10 % changed"}

// cost is what one pass of one program took. It belongs to the child process:
// the farm runs in the parent.
type cost struct {
	CPU  float64 // user and system seconds per 1,000 feeds
	Anon float64 // peak anonymous memory, MiB; 0 where the system does not tell
}

// did is what a pass reports: a floor's tally or the sum of sluice sync --json.
type did struct {
	Polled, Changed, Failed, New, Updated int
	NotModified                           int `json:"not_modified"`
}

// BenchmarkSweep prints a table beside what go test prints of a benchmark, as
// no single number says what a sweep costs: ratios to floors that ran in the
// same minutes do. FEEDS and ROUNDS change its size.
func BenchmarkSweep(b *testing.B) {
	feeds, rounds := env(b, "FEEDS", 1000), env(b, "ROUNDS", 3)
	sluice := buildSluice(b)
	costs := map[string]map[string][]cost{} // by pass and program, one a round
	for _, pass := range passes {
		costs[pass] = map[string][]cost{}
	}
	for b.Loop() {
		for round := range rounds {
			measureRound(b, sluice, farm.Options{Feeds: feeds, Seed: uint64(round)}, costs)
		}
	}
	b.ReportMetric(0, "ns/op") // the farm's time is in it: worth nothing
	for _, pass := range passes {
		over := map[string]string{"cold": floorGofeed, "all 304": floorGet, "10 % changed": floorStore}[pass]
		b.ReportMetric(ratio(costs[pass]["sluice"], costs[pass][over]), strings.ReplaceAll(pass, " ", "")+"/"+over)
	}
	printTable(b, feeds, rounds, costs)
}

// measureRound lets every program make every pass over one farm, pass by pass,
// so that a busy minute of the machine hits all of them.
func measureRound(tb testing.TB, sluice string, opt farm.Options, costs map[string]map[string][]cost) {
	tb.Helper()
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
	for _, pass := range passes {
		if pass == passes[2] {
			f.Tick()
		}
		for _, program := range programs {
			if program == "sluice" && sluice == "" {
				continue
			}
			f.Requests()
			c, done := run(tb, command(tb, program, sluice, dirs[program]))
			check(tb, program+", "+pass, pass, opt.Feeds, done, f.Requests())
			c.CPU *= 1000 / float64(opt.Feeds)
			costs[pass][program] = append(costs[pass][program], c)
		}
	}
}

// prepare writes what the programs read: addresses for the floors, a
// configuration for sluice. The polite defaults are for strangers' servers.
func prepare(tb testing.TB, dir string, urls []string) {
	tb.Helper()
	if err := writeJSON(filepath.Join(dir, "urls.json"), urls); err != nil {
		tb.Fatal(err)
	}
	var c strings.Builder
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

// peakAnon samples a process's anonymous memory until it has ended. Resident
// file pages are left out: they are the system's to take back.
func peakAnon(pid int, ended <-chan struct{}) float64 {
	peak := 0.0
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err == nil {
			if _, rest, ok := strings.Cut(string(status), "RssAnon:"); ok {
				var kib float64
				if _, err := fmt.Sscan(rest, &kib); err == nil {
					peak = max(peak, kib/1024)
				}
			}
		}
		select {
		case <-ended:
			return peak
		case <-time.After(5 * time.Millisecond):
		}
	}
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

// ratio is the median of the ratios of the rounds: both ran in the same minutes.
func ratio(of, over []cost) float64 {
	if len(of) == 0 || len(of) != len(over) {
		return 0
	}
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = of[i].CPU / over[i].CPU
	}
	return median(ratios)
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func printTable(tb testing.TB, feeds, rounds int, costs map[string]map[string][]cost) {
	tb.Helper()
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(w, "\n%d feeds, %d rounds, medians; %s, %d processors; CPU is user + system of the process\n",
		feeds, rounds, runtime.Version(), runtime.NumCPU())
	_, _ = fmt.Fprintln(w, "pass\tprogram\tCPU s / 1,000 feeds\tx get\tx gofeed\tx store\tpeak anon MiB\t")
	for _, pass := range passes {
		for _, program := range programs {
			rows := costs[pass][program]
			if len(rows) == 0 {
				continue
			}
			cpu, anon := make([]float64, len(rows)), make([]float64, len(rows))
			for i, c := range rows {
				cpu[i], anon[i] = c.CPU, c.Anon
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%.3f\t%.2f\t%.2f\t%.2f\t%.0f\t\n", pass, program, median(cpu),
				ratio(rows, costs[pass][floorGet]), ratio(rows, costs[pass][floorGofeed]), ratio(rows, costs[pass][floorStore]), median(anon))
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if _, err := table.WriteTo(os.Stdout); err != nil {
		tb.Fatal(err)
	}
}

// TestFloorsDoTheirWork keeps the benchmark honest at the price of a second: a
// small round in which every floor must store and skip what it should.
func TestFloorsDoTheirWork(t *testing.T) {
	costs := map[string]map[string][]cost{}
	for _, pass := range passes {
		costs[pass] = map[string][]cost{}
	}
	measureRound(t, "", farm.Options{Feeds: 20, Bytes: 20_000, Hosts: 3}, costs)
	for _, pass := range passes {
		for _, program := range programs[:3] {
			if len(costs[pass][program]) != 1 || costs[pass][program][0].CPU <= 0 {
				t.Errorf("%s, %s: got %v, want one cost", program, pass, costs[pass][program])
			}
		}
	}
}
