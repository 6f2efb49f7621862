package farm_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/cmd/internal/farm"
	"sluice/storage/bolt/bolttest"
)

// daemon is a sluice that serves; its public listener is a socket in its folder.
type daemon struct {
	cmd    *exec.Cmd
	socket string
	client *http.Client
	began  time.Time
	log    bytes.Buffer
}

// startDaemon runs a program over the configuration in a folder, after what is to be changed
// of that.
func startDaemon(tb testing.TB, bin, dir string, change ...func(*exec.Cmd)) *daemon {
	tb.Helper()
	d := &daemon{socket: filepath.Join(dir, "public.sock")}
	d.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: d.dial}}
	d.cmd = exec.CommandContext(context.WithoutCancel(tb.Context()), bin, "serve", "--log-level=warn", "-c", filepath.Join(dir, "config.yaml"))
	d.cmd.Stderr = &d.log
	for _, f := range change {
		f(d.cmd)
	}
	d.began = time.Now()
	if err := d.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	return d
}

func (d *daemon) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "unix", d.socket)
}

// answer is how long it took from the start to the first answer that has a feed.
func (d *daemon) answer(tb testing.TB) time.Duration {
	tb.Helper()
	for time.Since(d.began) < 5*time.Minute {
		req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, "http://sluice/feeds/all.rss", http.NoBody)
		if err != nil {
			tb.Fatal(err)
		}
		res, err := d.client.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			if err = cmp.Or(err, res.Body.Close()); err == nil && res.StatusCode == http.StatusOK {
				return time.Since(d.began)
			}
		}
		time.Sleep(time.Millisecond)
	}
	tb.Fatalf("no feed after %s: %s", time.Since(d.began), d.log.String())
	return 0
}

// stop ends the daemon as an operator would.
func (d *daemon) stop(tb testing.TB) {
	tb.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		tb.Fatalf("%v: %s", err, d.log.String())
	}
}

// settled waits until the daemon has polled all feeds of a farm and does nothing any more.
func (d *daemon) settled(tb testing.TB, f *farm.Farm, feeds int) {
	tb.Helper()
	polled := int64(0)
	for began := time.Now(); polled < int64(feeds); time.Sleep(100 * time.Millisecond) {
		served := f.Requests()
		if polled += served.Full; served.NotModified > 0 || time.Since(began) > 45*time.Minute {
			tb.Fatalf("%d of %d feeds were polled, %d again: %s", polled, feeds, served.NotModified, d.log.String())
		}
	}
	for calm, before := 0, d.spent(tb); calm < 10; {
		time.Sleep(time.Second)
		now := d.spent(tb)
		if calm++; now-before > 5 { // hundredths of a second
			calm = 0
		}
		before = now
	}
}

// spent is the CPU time of the daemon until now, in hundredths of a second.
func (d *daemon) spent(tb testing.TB) (hundredths int64) {
	tb.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		tb.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	var state string
	var skipped, user, system int64
	all := []any{&state}
	for range 10 {
		all = append(all, &skipped)
	}
	if _, err := fmt.Sscan(rest, append(all, &user, &system)...); err != nil {
		tb.Fatalf("%v of %s", err, rest)
	}
	return user + system
}

// BenchmarkMemory measures the anonymous memory of a daemon: its peak during a first sweep
// of MEMORY_FEEDS feeds (1,000), and what it has after one of 1,000, SETTLE seconds (75)
// after it has nothing to do. A daemon gives memory back at the second look, half a minute
// apart, that finds it quiet: before that the figure would be the sweep's.
func BenchmarkMemory(b *testing.B) {
	sluice := buildSluice(b)
	feeds, settle := env(b, "MEMORY_FEEDS", 1000), env(b, "SETTLE", 75)
	for b.Loop() {
		peak, _ := sweptBy(b, sluice, feeds, 0)
		b.ReportMetric(peak, "peak-MiB")
		b.ReportMetric(float64(feeds), "feeds")
		_, idle := sweptBy(b, sluice, 1000, time.Duration(settle)*time.Second)
		b.ReportMetric(idle, "idle-MiB")
	}
	b.ReportMetric(0, "ns/op") // most of it is waiting
}

// sweptBy starts a daemon over a new farm, and returns the peak of its memory until it has
// polled everything, and what it has some time later, in MiB.
func sweptBy(b *testing.B, sluice string, feeds int, later time.Duration) (peak, idle float64) {
	b.Helper()
	f := farm.New(farm.Options{Feeds: feeds})
	if _, err := f.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			b.Error(err)
		}
	}()
	dir := b.TempDir()
	prepare(b, dir, f.URLs())
	d := startDaemon(b, sluice, dir)
	defer d.stop(b)
	ended, peaked := make(chan struct{}), make(chan float64)
	go func() { peaked <- peakAnon(d.cmd.Process.Pid, ended) }()
	d.settled(b, f, feeds)
	close(ended)
	peak = <-peaked
	time.Sleep(later)
	return peak, anon(d.cmd.Process.Pid)
}

// BenchmarkStart measures how long it is from the start of a process to its first answer
// that has a feed, over stores of 50,000 and of ARTICLES articles (200,000) of 2,000 sources, in
// turns, that a daemon has served before.
func BenchmarkStart(b *testing.B) {
	sluice := buildSluice(b)
	sizes := []int{50_000, env(b, "ARTICLES", 200_000)}
	dirs := make([]string, len(sizes))
	first := make([]time.Duration, len(sizes))
	for i, articles := range sizes {
		dirs[i] = b.TempDir()
		var c strings.Builder
		fmt.Fprintf(&c, "server: {listen: %q, admin: \"\"}\n", "unix:"+filepath.Join(dirs[i], "public.sock"))
		fmt.Fprintf(&c, "storage:\n  path: %s\n  retention: {max_age: 10000d, max_per_source: 0}\nsources:\n", bolttest.Filled(b, articles))
		for _, src := range bolttest.SourcesOfFill() {
			fmt.Fprintf(&c, "  - {name: %s, url: %q, disabled: true}\n", src.Name, src.URL)
		}
		c.WriteString("outputs:\n  - {name: all, title: All feeds}\n")
		if err := os.WriteFile(filepath.Join(dirs[i], "config.yaml"), []byte(c.String()), 0o600); err != nil {
			b.Fatal(err)
		}
		d := startDaemon(b, sluice, dirs[i])
		first[i] = d.answer(b)
		d.stop(b)
	}
	b.Run("first answer", func(b *testing.B) {
		var took [2]time.Duration
		n := 0
		for b.Loop() {
			for i := range dirs {
				i = (i + n) % 2
				d := startDaemon(b, sluice, dirs[i])
				took[i] += d.answer(b)
				d.stop(b)
			}
			n++
		}
		b.ReportMetric(0, "ns/op")
		for i, unit := range []string{"few", "many"} {
			b.ReportMetric(took[i].Seconds()*1e3/float64(n), unit+"-ms")
			b.ReportMetric(first[i].Seconds()*1e3, "first-"+unit+"-ms")
		}
		b.ReportMetric(float64(sizes[1]), "many")
	})
}
