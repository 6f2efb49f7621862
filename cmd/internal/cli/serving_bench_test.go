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
)

// askers are how many readers ask at a time.
var askers = []int{1, 64, 512}

// kinds are the answers that are measured, by what asks for them. An If-None-Match is
// added to the last.
var kinds = []struct {
	name, coding, status string
	requests             int // of all askers, a round
}{
	{"whole", "identity", "200 OK", 1280},
	{"gzip", "gzip", "200 OK", 2560},
	{"not modified", "gzip", "304 Not Modified", 7680},
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

// served is something that serves, as one process or several.
type served struct {
	name, address string
	conns         []*bufio.ReadWriter
	used          func() (time.Duration, error) // of the processor, until now
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
	lines := bufio.NewScanner(told)
	return &served{name: name, used: func() (time.Duration, error) {
		if _, err := io.WriteString(ask, "\n"); err != nil || !lines.Scan() {
			return 0, errors.Join(err, errors.New("the process does not say what it used"))
		}
		n, err := strconv.Atoi(lines.Text())
		return time.Duration(n) * time.Microsecond, err
	}}
}

// connect opens the connections of so many askers, for as long as b.
func (s *served) connect(b *testing.B, count int) {
	b.Helper()
	s.conns = nil
	for range count {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		s.conns = append(s.conns, bufio.NewReadWriter(bufio.NewReaderSize(conn, 32<<10), bufio.NewWriter(conn)))
	}
}

// answer has all askers ask n times each, and returns what a request cost the process,
// in microseconds of processor.
func (s *served) answer(b *testing.B, n int, request []byte, status string) float64 {
	b.Helper()
	before, err := s.used()
	if err != nil {
		b.Fatal(s.name, err)
	}
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
	after, err := s.used()
	if err != nil {
		b.Fatal(s.name, err)
	}
	return float64((after - before).Nanoseconds()) / 1e3 / float64(n*len(s.conns))
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

// servers starts a daemon with its feed, and what it is measured beside: the least that
// gives the same answers (same), the least that sends no header which a feed can do without
// (bare), and nginx, where it is installed.
func servers(b *testing.B) []*served {
	b.Helper()
	config, listen, address := servingConfig(b)
	if out, err := child(b.Context(), b, "sync", "-c", config).CombinedOutput(); err != nil {
		b.Fatalf("sync: %v\n%s", err, out)
	}
	ctx := context.WithoutCancel(b.Context()) // they end with the benchmark's cleanup
	sluice := watch(b, "sluice", child(ctx, b, "serve", "-c", config))
	if sluice.address = listen; !waitFor(b, listen) {
		b.Fatal("the daemon did not listen")
	}
	all := []*served{sluice}
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
		floor.address = strings.TrimSpace(line)
		all = append(all, floor)
	}
	if nginx := serveNginx(b, address); nginx != nil {
		all = append(all, nginx)
	}
	return all
}

// BenchmarkServing measures what a request costs the daemon, beside others over the same
// bytes, in turns, so that a busy minute of the machine hits all. Each gives a figure of its
// name: µs is the daemon's, and the others' stand beside it.
func BenchmarkServing(b *testing.B) {
	all := servers(b)
	for _, count := range askers {
		for _, kind := range kinds {
			b.Run(fmt.Sprintf("%d/%s", count, kind.name), func(b *testing.B) {
				requests := make([][]byte, len(all))
				for i, s := range all {
					s.connect(b, count)
					requests[i] = requestOf(b, s, kind.coding, strings.HasPrefix(kind.status, "304"))
				}
				cost := map[string]float64{}
				for round := 0; b.Loop(); round++ {
					for i := range all {
						i = (round + i) % len(all)
						cost[all[i].name] += all[i].answer(b, kind.requests/count, requests[i], kind.status)
					}
				}
				b.ReportMetric(0, "ns/op") // the readers' time is in it: worth nothing
				for _, s := range all {
					b.ReportMetric(cost[s.name]/float64(b.N), s.name+"-µs/request")
				}
				b.ReportMetric(cost["sluice"]/cost["bare"], "x/bare")
			})
		}
	}
}

// requestOf is what a reader sends to a server, with the server's own tag if that is asked for.
func requestOf(b *testing.B, s *served, coding string, again bool) []byte {
	b.Helper()
	a, err := take("http://"+s.address+"/feeds/all.rss", coding, "")
	if err != nil {
		b.Fatal(s.name, err)
	}
	if coded := a.header.Get("Content-Encoding") == "gzip"; len(a.body) < 50<<10 || coded != (coding == "gzip") {
		b.Fatalf("%s: the feed has %d bytes, coded %q", s.name, len(a.body), a.header.Get("Content-Encoding"))
	}
	request := "GET /feeds/all.rss HTTP/1.1\r\nHost: feeds.example.org\r\nUser-Agent: Reader/1.0\r\nAccept: application/rss+xml, */*;q=0.1\r\nAccept-Encoding: " + coding + "\r\n"
	if again {
		request += "If-None-Match: " + a.header.Get("ETag") + "\r\n"
	}
	return []byte(request + "\r\n")
}
