package farm_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"testing"
	"time"

	"sluice/cmd/internal/cli"
	"sluice/cmd/internal/farm"
)

// profileVar names the environment variable that makes the test binary sluice, with its
// profiles written: to FILE-cpu.prof, and to FILE-allocs.prof.
const profileVar = "SLUICE_FARM_PROFILE"

// runProfiled runs sluice and writes where it spent time, and what it allocated where.
func runProfiled(file string) (status int) {
	runtime.MemProfileRate = 64 << 10
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "profile:", err)
		return 1
	}
	f, err := os.Create(file + "-cpu.prof")
	if err != nil {
		return fail(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return fail(err)
	}
	status = cli.Main(context.Background(), cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Exit: os.Exit,
	})
	pprof.StopCPUProfile()
	allocs, err := os.Create(file + "-allocs.prof")
	if err := cmp.Or(err, f.Close()); err != nil {
		return fail(err)
	}
	if err := cmp.Or(pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close()); err != nil {
		return fail(err)
	}
	return status
}

// profiled has a command be sluice in this binary, and write its profiles.
func profiled(tb testing.TB, cmd *exec.Cmd, file string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd.Path, cmd.Err = self, nil
	cmd.Env = append(slices.Clip(os.Environ()), profileVar+"="+file, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// BenchmarkProfiles leaves profiles in the folder $PROFILES: of a cold sweep of FEEDS feeds,
// of ten sweeps that bring nothing, of ten for which a tenth of the feeds changed, and of
// serving.
func BenchmarkProfiles(b *testing.B) {
	out := os.Getenv("PROFILES")
	if out == "" {
		b.Skip("set PROFILES to a folder")
	}
	out, err := filepath.Abs(out)
	if err := cmp.Or(err, os.MkdirAll(out, 0o700)); err != nil {
		b.Fatal(err)
	}
	feeds := env(b, "FEEDS", 1000)
	for b.Loop() {
		f := farm.New(farm.Options{Feeds: feeds})
		if _, err := f.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		dir := b.TempDir()
		prepare(b, dir, f.URLs())
		run(b, profiled(b, command(b, "sluice", "sluice", dir), filepath.Join(out, "cold")))
		// One sweep of 304s is over before there are samples enough: its source is asked ten
		// times as often.
		for n := range 10 {
			file := filepath.Join(out, fmt.Sprintf("304-%d", n))
			run(b, profiled(b, command(b, "sluice", "sluice", dir), file))
		}
		// Ten sweeps change each feed once.
		for n := range 10 {
			f.Tick()
			file := filepath.Join(out, fmt.Sprintf("changed-%d", n))
			run(b, profiled(b, command(b, "sluice", "sluice", dir), file))
		}
		for _, kind := range []string{"cpu", "allocs"} {
			mergeProfiles(b, out, "304", kind)
			mergeProfiles(b, out, "changed", kind)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		profileServing(b, dir, filepath.Join(out, "serving"))
	}
	b.ReportMetric(0, "ns/op")
}

// mergeProfiles makes one of the profiles of all sweeps of a pass.
func mergeProfiles(tb testing.TB, out, pass, kind string) {
	tb.Helper()
	parts, err := filepath.Glob(filepath.Join(out, pass+"-[0-9]-"+kind+".prof"))
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), "go", append([]string{"tool", "pprof", "-proto", "-output", filepath.Join(out, pass+"-"+kind+".prof")}, parts...)...)
	if said, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", cmd, err, said)
	}
	for _, part := range parts {
		if err := os.Remove(part); err != nil {
			tb.Fatal(err)
		}
	}
}

// profileServing asks a daemon for ten seconds for a feed, as 64 readers do: half of them
// have it, the others take it whole or coded.
func profileServing(b *testing.B, dir, file string) {
	b.Helper()
	d := startDaemon(b, "sluice", dir, func(cmd *exec.Cmd) { profiled(b, cmd, file) })
	d.answer(b)
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		DialContext: d.dial, MaxIdleConnsPerHost: 64, DisableCompression: true,
	}}
	var readers sync.WaitGroup
	for n := range 64 {
		readers.Go(func() {
			tag := ""
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://sluice/feeds/all.rss", http.NoBody)
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Accept-Encoding", []string{"identity", "gzip"}[n%4/2])
				if n%2 == 1 && tag != "" {
					req.Header.Set("If-None-Match", tag)
				}
				res, err := client.Do(req)
				if err != nil {
					continue // time is over, or is told by the next
				}
				_, _ = io.Copy(io.Discard, res.Body) // time is over
				_ = res.Body.Close()
				tag = res.Header.Get("ETag")
			}
		})
	}
	readers.Wait()
	d.stop(b)
}
