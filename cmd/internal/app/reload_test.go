package app_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/app"
	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/ingest/fetch/fetchtest"

	"github.com/google/go-cmp/cmp"
)

func TestAReloadMovesTheSiteToItsNewAddress(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	s.stage.show("/a", rss(one))
	s.poll()
	paths := []string{"/", "/feeds.opml", "/feeds/all", "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json"}
	moved := *s.cfg
	moved.Server.BaseURL = "https://new.example"
	s.cfg = &moved
	done, err := s.app.Reload(t.Context())
	if want := []string{"server.base_url: changed"}; err != nil || !slices.Equal(done.Changes, want) {
		t.Fatalf("got %q, %v; want %q", done.Changes, err, want)
	}
	for _, path := range paths {
		// The id is chosen once, whatever moves.
		body := strings.Replace(s.ask(path).Body.String(), "<id>https://out.example/feeds/all</id>", "<id>kept</id>", 1)
		if strings.HasSuffix(path, ".atom") != strings.Contains(body, "<id>kept</id>") {
			t.Errorf("%s: the id did not stay", path)
		}
		if strings.Contains(body, "https://out.example") || !strings.Contains(body, "https://new.example/feeds/all") {
			t.Errorf("%s still names the old address, or does not name the new one", path)
		}
	}
	if link := s.ask("/feeds/all.rss").Header().Get("Link"); !strings.Contains(link, "<https://new.example/feeds/all.rss>") {
		t.Errorf("the header Link is %s", link)
	}
}

func TestAReloadRefusesWhatIsOpenAndNamesAllOfIt(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	other := *s.cfg
	other.Server.Control = config.NewPath("other.sock")
	other.Server.TLS = config.TLS{Cert: config.NewPath("c"), Key: config.NewPath("k")}
	other.Server.BaseURL = "https://new.example"
	s.cfg = &other
	_, err := s.app.Reload(t.Context())
	refused, ok := errors.AsType[*control.RefusedError](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	for i, key := range []string{"server.control", "server.tls"} {
		if i >= len(refused.Reasons) || !strings.HasPrefix(refused.Reasons[i], key+": ") {
			t.Errorf("reasons %q, want %s as number %d", refused.Reasons, key, i)
		}
	}
	if body := s.ask("/").Body.String(); strings.Contains(body, "new.example") {
		t.Error("a refused reload changed the site")
	}
}

// certify writes a certificate for 127.0.0.1 that names an organisation.
func certify(t *testing.T, dir, organisation string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	template.Subject.Organization = []string{organisation}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// freePort returns an address for a listener of the daemon.
func freePort(t *testing.T) string {
	t.Helper()
	return fetchtest.Port(t, "127.0.0.1")
}

// organisation returns who is named in the certificate that a server shows.
func organisation(t *testing.T, address string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // what is shown is the question
	}}
	for end := time.Now().Add(bound); ; time.Sleep(10 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+"/robots.txt", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			if time.Now().After(end) {
				t.Fatal(err)
			}
			continue
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return res.TLS.PeerCertificates[0].Subject.Organization[0]
	}
}

func TestAReloadReadsTheCertificateAgainAndKeepsTheOldWhereItCannot(t *testing.T) {
	dir, address := t.TempDir(), freePort(t)
	certify(t, dir, "first")
	cfg := parseConfig(t, fmt.Sprintf("server: {listen: %q, admin: '', tls: {cert: %q, key: %q}}\nstorage: {path: %q}\nsources: []\noutputs: [{name: all}]\n",
		address, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "s.db")))
	var log bytes.Buffer
	a, err := app.New(t.Context(), cfg, func() (*config.Config, error) { return cfg, nil }, slog.New(slog.NewTextHandler(&log, nil)), app.EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	defer cancel()
	if got := organisation(t, address); got != "first" {
		t.Fatalf("the certificate is %s's", got)
	}
	certify(t, dir, "second")
	if _, err := a.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	if got := organisation(t, address); got != "second" {
		t.Errorf("after a reload the certificate is %s's", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Reload(ctx); err == nil {
		t.Error("a certificate that cannot be read was taken")
	}
	if got := organisation(t, address); got != "second" {
		t.Errorf("after a refused reload the certificate is %s's", got)
	}
	cancel()
	if err := errors.Join(<-ended, a.Stop(t.Context())); err != nil {
		t.Error(err)
	}
	// A configuration's warnings are told at the start and at each reload.
	if n := strings.Count(log.String(), "nothing is polled"); n != 2 {
		t.Errorf("the warning is logged %d times, want 2", n)
	}
}

func TestTheLastReloadIsTheStartUntilThereIsOneAndTellsWhatWasRefused(t *testing.T) {
	before := time.Now()
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	start := s.app.LastReload()
	if !start.OK || start.At.Before(before) || !start.Done.Equal(start.At) || start.Reasons != nil {
		t.Fatalf("after a start it is %+v", start)
	}
	good, bad := s.cfg, *s.cfg
	bad.Server.Control = config.NewPath("other.sock")
	bad.Server.TLS = config.TLS{Cert: config.NewPath("c"), Key: config.NewPath("k")}
	s.cfg = &bad
	_, err := s.app.Reload(t.Context())
	refused, ok := errors.AsType[*control.RefusedError](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	got := s.app.LastReload()
	if got.OK || got.At.Before(start.At) || !got.Done.Equal(start.Done) || !slices.Equal(got.Reasons, refused.Reasons) || len(got.Reasons) != 2 {
		t.Errorf("after a refusal it is %+v", got)
	}
	s.cfg = good
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := s.app.LastReload()
	if !again.OK || again.At.Before(got.At) || !again.Done.Equal(again.At) || again.Reasons != nil {
		t.Errorf("after the file was mended it is %+v", again)
	}
}

func TestAReloadThatAStopEndedIsNoneOfTheOperators(t *testing.T) {
	s := newStand(t, []string{"a"}, "  - {name: all}\n")
	start := s.app.LastReload()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.app.Reload(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if got := s.app.LastReload(); !got.OK || !got.At.Equal(start.At) {
		t.Errorf("it is %+v", got)
	}
}

func TestAReloadLeavesSourcesThatDidNotChangeAsTheyAre(t *testing.T) {
	const outputs = "  - {name: all}\n"
	s := newStand(t, []string{"a", "b"}, outputs)
	s.stage.show("/a", rss(one))
	s.stage.show("/b", rss(two))
	s.stage.show("/c", rss(three))
	s.poll()
	before, err := s.app.Store().States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.configure([]string{"a", "c"}, outputs+"  - {name: more}\n")
	s.cfg.Sources[0].Tags = []string{"new"}
	done, err := s.app.Reload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(done.Changes, "\n"); !strings.Contains(said, "output more: added") || !strings.Contains(said, "source c: added") || !strings.Contains(said, "source b: removed") {
		t.Errorf("it says %q", done.Changes)
	}
	after, err := s.app.Store().States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Its validators, its schedule and all else that is known of it.
	if diff := cmp.Diff(before[0], after[0]); diff != "" || before[0].Source != "a" || before[0].NextPoll.IsZero() {
		t.Errorf("what is known of %s changed: %s", before[0].Source, diff)
	}
}
