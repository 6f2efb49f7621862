package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// floorEnv has a child serve what a feed's address answers, in place of a command.
	floorEnv = "SLUICE_TEST_FLOOR"
	// usedEnv has a child tell what it uses of the processor; see tellUsed.
	usedEnv = "SLUICE_TEST_USED"

	// askers is how many readers ask at a time.
	askers = 64
)

// kinds are the answers that are measured, by what asks for them. An If-None-Match is
// added to the last.
var kinds = []struct {
	name, coding, status string
	times                int // each asker, a round
}{
	{"whole", "identity", "200 OK", 20},
	{"gzip", "gzip", "200 OK", 40},
	{"not modified", "gzip", "304 Not Modified", 120},
}

// tellUsed answers each line that it reads by the microseconds of processor that this
// process has used.
func tellUsed(in io.Reader, out io.Writer) error {
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, time.Duration(used.Utime.Nano()+used.Stime.Nano()).Microseconds()); err != nil {
			return err
		}
	}
	return nil
}

// taken is an answer that a floor repeats.
type taken struct {
	status int
	header http.Header
	body   []byte
}

// take asks an address by a coding, and with a tag, if that is not empty.
func take(address, coding, tag string) (taken, error) {
	req, err := http.NewRequest(http.MethodGet, address, http.NoBody)
	if err != nil {
		return taken{}, err
	}
	req.Header.Set("Accept-Encoding", coding)
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return taken{}, err
	}
	body, err := io.ReadAll(res.Body)
	res.Header.Del("Date")
	return taken{res.StatusCode, res.Header, body}, errors.Join(err, res.Body.Close())
}

// serveFloor is the least that gives the answers of an address: net/http, and bytes in
// memory. With all headers, or with those alone that a feed cannot do without.
func serveFloor(which, address string) error {
	answers := map[string]taken{}
	for _, coding := range []string{"identity", "gzip"} {
		whole, err := take(address, coding, "")
		if err != nil {
			return err
		}
		tag := whole.header.Get("ETag")
		unchanged, err := take(address, coding, tag)
		if err != nil {
			return err
		}
		for asked, a := range map[string]taken{coding: whole, coding + tag: unchanged} {
			for name := range a.header {
				if which == "bare" && name != "Etag" && name != "Content-Type" && name != "Content-Length" && name != "Content-Encoding" {
					a.header.Del(name)
				}
			}
			answers[asked] = a
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Println(ln.Addr()); err != nil {
		return err
	}
	return http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		coding := r.Header.Get("Accept-Encoding")
		a, ok := answers[coding+r.Header.Get("If-None-Match")]
		if !ok {
			a = answers[coding]
		}
		for name, values := range a.header {
			w.Header().Set(name, values[0])
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // the reader went away
	}))
}

// served is a process that serves.
type served struct {
	name  string
	conns []*bufio.ReadWriter
	ask   io.Writer
	told  *bufio.Scanner
}

// watch starts a command that serves, and has it tell what it uses.
func watch(b *testing.B, name string, cmd *exec.Cmd) *served {
	b.Helper()
	told, tell, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	asked, ask, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{asked, tell}
	cmd.Env = append(cmd.Env, usedEnv+"=1")
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill() // nothing of it is kept
		_ = cmd.Wait()
		for _, f := range []*os.File{told, tell, asked, ask} {
			_ = f.Close()
		}
	})
	return &served{name: name, ask: ask, told: bufio.NewScanner(told)}
}

// connect opens the connections of all askers.
func (s *served) connect(b *testing.B, address string) {
	b.Helper()
	for range askers {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		s.conns = append(s.conns, bufio.NewReadWriter(bufio.NewReaderSize(conn, 256<<10), bufio.NewWriter(conn)))
	}
}

// used is how much processor the process has used, in microseconds.
func (s *served) used(b *testing.B) float64 {
	b.Helper()
	if _, err := io.WriteString(s.ask, "\n"); err != nil || !s.told.Scan() {
		b.Fatal(s.name, "does not say what it used:", err)
	}
	n, err := strconv.ParseFloat(s.told.Text(), 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// answer has all askers ask n times each, and returns what a request cost the process,
// in microseconds of processor.
func (s *served) answer(b *testing.B, n int, request []byte, status string) float64 {
	b.Helper()
	before := s.used(b)
	var work sync.WaitGroup
	for _, conn := range s.conns {
		work.Go(func() {
			for range n {
				if err := exchange(conn, request, status); err != nil {
					b.Error(s.name, err)
					return
				}
			}
		})
	}
	work.Wait()
	return (s.used(b) - before) / float64(n*len(s.conns))
}

// exchange asks and reads the answer to its end, as cheaply as that can be done.
func exchange(conn *bufio.ReadWriter, request []byte, status string) error {
	if _, err := conn.Write(request); err != nil {
		return err
	}
	if err := conn.Flush(); err != nil {
		return err
	}
	line, err := conn.ReadSlice('\n')
	if err != nil || !bytes.Contains(line, []byte(status)) {
		return errors.Join(err, fmt.Errorf("got %q, want %s", line, status))
	}
	length := 0
	for len(line) > len("\r\n") {
		if line, err = conn.ReadSlice('\n'); err != nil {
			return err
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	_, err = conn.Discard(length)
	return err
}

// servingConfig is a daemon over one source of a hundred items, and the address of its RSS.
func servingConfig(b *testing.B) (config, listen, address string) {
	b.Helper()
	dir := b.TempDir()
	words := strings.Fields("harbour crane letters frost gull pier boat wind salt pepper dawn north council budget vote river bridge opens after years of repair")
	seed := uint32(1)
	var doc strings.Builder
	doc.WriteString(`<rss version="2.0"><channel><title>News</title><link>https://t.example/</link><description>News</description>`)
	for n := range 100 {
		fmt.Fprintf(&doc, "<item><guid>https://t.example/%d</guid><link>https://t.example/%[1]d</link><title>Report %[1]d</title><pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate><description>&lt;p>", n)
		for range 260 {
			seed = seed*1664525 + 1013904223
			fmt.Fprintf(&doc, "%s%d ", words[seed>>16%uint32(len(words))], seed>>28)
		}
		doc.WriteString("&lt;/p></description></item>\n")
	}
	doc.WriteString("</channel></rss>")
	listen = freeAddress(b)
	text := fmt.Sprintf("server: {listen: %q, admin: \"\", base_url: \"http://%[1]s\"}\nstorage: {path: %q}\nsources: [{name: news, url: %q}]\noutputs: [{name: all}]\n",
		listen, filepath.Join(dir, "s.db"), "file:"+filepath.Join(dir, "news.xml"))
	for name, content := range map[string]string{"news.xml": doc.String(), "config.yaml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return filepath.Join(dir, "config.yaml"), listen, "http://" + listen + "/feeds/all.rss"
}

// BenchmarkServing measures what a request costs the daemon, beside two floors over the
// same bytes, in turns, so that a busy minute of the machine hits all: the least that
// gives the same answers (x/same), and the least that sends no header which a feed can
// do without (x/bare).
func BenchmarkServing(b *testing.B) {
	config, listen, address := servingConfig(b)
	if out, err := child(b.Context(), b, "sync", "-c", config).CombinedOutput(); err != nil {
		b.Fatalf("sync: %v\n%s", err, out)
	}
	ctx := context.WithoutCancel(b.Context()) // they end with the benchmark's cleanup
	sluice := watch(b, "sluice", child(ctx, b, "serve", "-c", config))
	if !waitFor(b, listen) {
		b.Fatal("the daemon did not listen")
	}
	sluice.connect(b, listen)
	servers := []*served{sluice}
	for _, which := range []string{"same", "bare"} {
		cmd := child(ctx, b, address)
		cmd.Env = append(cmd.Env, floorEnv+"="+which)
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		floor := watch(b, which, cmd)
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		floor.connect(b, strings.TrimSpace(line))
		servers = append(servers, floor)
	}
	for _, kind := range kinds {
		b.Run(kind.name, func(b *testing.B) {
			a, err := take(address, kind.coding, "")
			if err != nil {
				b.Fatal(err)
			}
			request := "GET /feeds/all.rss HTTP/1.1\r\nHost: feeds.example.org\r\nUser-Agent: Reader/1.0\r\nAccept: application/rss+xml, */*;q=0.1\r\nAccept-Encoding: " + kind.coding + "\r\n"
			if strings.HasPrefix(kind.status, "304") {
				request += "If-None-Match: " + a.header.Get("ETag") + "\r\n"
			}
			cost := map[string]float64{}
			for round := 0; b.Loop(); round++ {
				for i := range servers {
					s := servers[(round+i)%len(servers)]
					cost[s.name] += s.answer(b, kind.times, []byte(request+"\r\n"), kind.status)
				}
			}
			b.ReportMetric(0, "ns/op") // the readers' time is in it: worth nothing
			b.ReportMetric(cost["sluice"]/float64(b.N), "µs/request")
			b.ReportMetric(cost["sluice"]/cost["same"], "x/same")
			b.ReportMetric(cost["sluice"]/cost["bare"], "x/bare")
			if len(a.body) < 50<<10 {
				b.Errorf("the feed has %d bytes", len(a.body))
			}
		})
	}
}
