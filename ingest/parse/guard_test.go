//go:build !race

package parse_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/ingest/parse"
)

// TestGuardHostileDocumentsCostWhatTheirSizeAllows bounds what a document may cost:
// 8 times its size and 16 MiB of memory, and a second a megabyte; measured is
// time as a multiple of what the standard library needs to read harmless XML of
// that size, which is some 60 MB a second. What seems too much is measured again,
// since other programs run, too. Fifty thousand items are allowed however short
// they are: then what is made of them is more than they are, and 32 MiB.
func TestGuardHostileDocumentsCostWhatTheirSizeAllows(t *testing.T) {
	for kind, documents := range map[string]map[string]document{
		"": hostile, "tags: ": hostileTags, "items: ": hostileItems, shortItems: hostileShortItems, "JSON: ": hostileJSON, "HTML: ": hostileHTML,
	} {
		for name, h := range documents {
			t.Run(kind+name, func(t *testing.T) {
				body := []byte(h.make())
				limit := 8*uint64(len(body)) + 16*mb
				if kind == shortItems {
					limit = 32 * mb
				}
				for tries := 3; !affordable(t, body, limit, h.refused, tries == 1); tries-- {
				}
			})
		}
	}
}

// affordable reports whether reading a body costs little enough; when it is the
// last try, the test fails if not.
func affordable(t *testing.T, body []byte, limit uint64, refused string, last bool) bool {
	t.Helper()
	var doc parse.Document
	var err error
	floor := perMegabyte(t)
	took, peak := cost(t, int64(limit), func() { doc, err = parse.Parse(body, parse.Meta{Source: "s"}) })
	size := float64(len(body)) / mb
	ratio := float64(took) / float64(floor) / max(size, 1)
	t.Logf("%.1f MB: %v, %.1f times harmless XML; %.1f MB, %d%% of what is allowed; %d articles, %s, %v",
		size, took.Round(time.Millisecond), ratio, float64(peak)/mb, 100*peak/limit, len(doc.Articles), doc.Partial, err)
	if refused != "" && (err == nil || !strings.Contains(err.Error(), refused)) {
		t.Errorf("error %v, want one that speaks of %q", err, refused)
	}
	if err != nil && (!errors.Is(err, parse.ErrLimit) && !errors.Is(err, parse.ErrNotFeed) || strings.Contains(err.Error(), "\n")) {
		t.Errorf("error %v is not a line about limits or another kind of document", err)
	}
	if peak <= limit && ratio <= 60 {
		return true
	}
	if last {
		t.Errorf("%.1f MB of memory and %.0f times the time of harmless XML, want at most %.1f and 60", float64(peak)/mb, ratio, float64(limit)/mb)
	}
	return last
}

// perMegabyte returns what encoding/xml needs for a megabyte of harmless XML.
func perMegabyte(t *testing.T) time.Duration {
	t.Helper()
	doc := []byte(inItem(strings.Repeat("<description>Some words and a tag &lt;b&gt;.</description>", mb/60)))
	begin := processorTime(t)
	for d := xml.NewDecoder(bytes.NewReader(doc)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return time.Duration(float64(processorTime(t)-begin) / (float64(len(doc)) / mb))
}

// processorTime is what the test has used of processors: what others use beside
// it, and the collector's waiting, are no cost of a document.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// cost runs f where it may use that much memory, and says how long it took and how
// many bytes of heap and stacks were in use beyond those before, at most. The
// collector works as hard as the limit asks for, so that what counts is what must
// be kept and not when it happened to run.
func cost(t *testing.T, limit int64, f func()) (took time.Duration, peak uint64) {
	t.Helper()
	sample := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	read := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64() + sample[1].Value.Uint64()
	}
	debug.FreeOSMemory()
	before := read()
	used := sample[2].Value.Uint64() - sample[3].Value.Uint64()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(used) + limit*9/10)) // a collection takes a while
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		high := uint64(0)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				high = max(high, read())
			case <-done:
				most <- max(high, before)
				return
			}
		}
	}()
	begin := processorTime(t)
	f()
	took = processorTime(t) - begin
	close(done)
	return took, <-most - before
}
