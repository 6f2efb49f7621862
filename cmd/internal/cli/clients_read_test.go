package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// readRsstail reads what rsstail prints: a line with the title and one with the link of
// each entry. It knows no ids.
func readRsstail(t *testing.T, address string) []entry {
	t.Helper()
	var list []entry
	for line := range strings.SplitSeq(string(output(t, nil, "rsstail", "-1", "-l", "-n", "1000", "-u", address)), "\n") {
		if title, ok := strings.CutPrefix(line, "Title: "); ok {
			list = append(list, entry{Title: title})
		}
		if link, ok := strings.CutPrefix(line, "Link: "); ok && len(list) > 0 {
			list[len(list)-1].Link = link
		}
	}
	return list
}

// mailbox is a rss2email that delivers into a folder, as operators of it do who have no
// mail server.
type mailbox struct{ dir string }

func newMailbox(t *testing.T, address string) mailbox {
	t.Helper()
	m := mailbox{t.TempDir()}
	text := fmt.Sprintf("[DEFAULT]\nto = reader@example.org\nfrom = sluice@example.org\nemail-protocol = maildir\nmaildir-path = %s\n[feed.all]\nurl = %s\n", m.dir, address)
	if err := os.WriteFile(filepath.Join(m.dir, "config"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

// run has it fetch the feed once and send what it takes for new. It returns all mails
// that were ever sent.
func (m mailbox) run(t *testing.T) []entry {
	t.Helper()
	const script = `
import email, email.policy, json, mailbox, sys
box = mailbox.Maildir(sys.argv[1], factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default))
json.dump([{"ID": m["X-RSS-ID"], "Title": m["Subject"], "Link": m["X-RSS-URL"]} for m in box], sys.stdout)
`
	output(t, nil, "r2e", "-c", filepath.Join(m.dir, "config"), "-d", filepath.Join(m.dir, "data.json"), "run")
	var list []entry
	if err := json.Unmarshal(output(t, nil, "/usr/bin/python3", "-c", script, filepath.Join(m.dir, "INBOX")), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func readRss2email(t *testing.T, address string) []entry {
	t.Helper()
	return newMailbox(t, address).run(t)
}

// TestARestartSendsNobodyAMailAgain has rss2email read every format before and after the
// daemon is started again: what it has sent it knows by id, and what it has read by tag.
func TestARestartSendsNobodyAMailAgain(t *testing.T) {
	if _, err := exec.LookPath("r2e"); err != nil {
		t.Skip("rss2email is not installed")
	}
	base, restart := startDaemon(t)
	boxes := map[string]mailbox{}
	for _, format := range []string{"rss", "atom"} {
		boxes[format] = newMailbox(t, base+"/feeds/all."+format)
		if got := boxes[format].run(t); len(got) < 5 {
			t.Fatalf("%s: %d mails; the test would show little", format, len(got))
		}
	}
	restart()
	for format, box := range boxes {
		before := len(box.mails(t))
		if after := len(box.run(t)); after != before {
			t.Errorf("%s: %d mails were sent after the restart", format, after-before)
		}
	}
}

// mails are the files that were delivered.
func (m mailbox) mails(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.dir, "INBOX", "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// readLiferea has Liferea start on a display of its own, subscribed to the feed, and
// reads its database once there is something in it.
func readLiferea(t *testing.T, address string) []entry {
	t.Helper()
	for _, needed := range []string{"xvfb-run", "xauth", "dbus-run-session", "/usr/bin/python3"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("%s is not installed: Liferea has nothing to run on", needed)
		}
	}
	// What it has read is what stands in its database when two looks show the same.
	const script = `
import json, sqlite3, subprocess, sys, time
home = sys.argv[1]
run = subprocess.Popen(["liferea", "--mainwindow-state=hidden"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
rows = []
for _ in range(150):
    time.sleep(0.2)
    before = rows
    try:
        rows = sqlite3.connect("file:" + home + "/data/liferea/liferea.db?mode=ro", uri=True).execute("select source_id, title, source from items").fetchall()
    except sqlite3.OperationalError:
        continue
    if rows and rows == before or run.poll() is not None:
        break
run.terminate()
try:
    run.wait(20)
except subprocess.TimeoutExpired: # now and then it does not hear
    run.kill()
    run.wait()
json.dump([{"ID": i, "Title": t, "Link": l} for i, t, l in rows], open(home + "/read.json", "w"))
`
	home := t.TempDir()
	subscribed := fmt.Sprintf(`<opml version="1.0"><body><outline text="all" title="all" type="%s" updateInterval="60" xmlUrl="%s" id="subscribed"/></body></opml>`,
		strings.TrimPrefix(filepath.Ext(address), "."), address)
	if err := os.MkdirAll(filepath.Join(home, "config", "liferea"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "config", "liferea", "feedlist.opml"), []byte(subscribed), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	t.Setenv("XDG_DATA_HOME", filepath.Join(home, "data"))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("GSETTINGS_BACKEND", "memory") // its settings are the defaults, whoever runs the test
	output(t, nil, "xvfb-run", "-a", "dbus-run-session", "/usr/bin/python3", "-c", script, home)
	data, err := os.ReadFile(filepath.Join(home, "read.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []entry
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}
