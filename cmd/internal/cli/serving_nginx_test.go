package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// nginxConfig serves a folder as nginx does best: files from the system's memory, coded
// ones beside them, no log. The user matters to root alone, whose folders others may not read.
const nginxConfig = `%suser root;
daemon off;
pid %[2]s/nginx.pid;
error_log %[2]s/error.log warn;
worker_processes auto;
events { worker_connections 2048; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 100000000;
	open_file_cache max=100 inactive=1h;
	client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/fastcgi;
	uwsgi_temp_path %[2]s/uwsgi; scgi_temp_path %[2]s/scgi;
	types { application/rss+xml rss; }
	server {
		listen %[3]s backlog=1024;
		root %[2]s;
		gzip_static on;
	}
}
`

// serveNginx starts nginx over what the address answers, as files; nil where there is no
// nginx, or the system does not say what its processes use.
func serveNginx(b *testing.B, address string) *served {
	b.Helper()
	bin, err := exec.LookPath("nginx")
	if err != nil {
		bin = "/usr/sbin/nginx" // which is not among the folders of everybody
	}
	if _, err := os.Stat(bin); err != nil {
		b.Log("without nginx (Debian: nginx-light), which is not installed")
		return nil
	}
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "feeds"), 0o700); err != nil {
		b.Fatal(err)
	}
	for coding, name := range map[string]string{"identity": "all.rss", "gzip": "all.rss.gz"} {
		a, err := take(address, coding, "")
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "feeds", name), a.body, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	user := "# "
	if os.Getuid() == 0 {
		user = ""
	}
	s := &served{name: "nginx", address: freeAddress(b)}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, user, dir, s.address), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(b.Context()), bin, "-e", filepath.Join(dir, "error.log"), "-c", config)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // its workers end with it
		_ = cmd.Wait()
	})
	if !waitFor(b, s.address) {
		b.Fatal("nginx did not listen")
	}
	s.used = func() (time.Duration, error) { return usedByFamily(cmd.Process.Pid) }
	if _, err := s.used(); err != nil {
		b.Log("without nginx:", err)
		return nil
	}
	return s
}

// usedByFamily is how much processor a process and its children, each of one thread, have
// used until now: the system counts that in nanoseconds.
func usedByFamily(pid int) (time.Duration, error) {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	if err != nil {
		return 0, err
	}
	used := time.Duration(0)
	for _, pid := range append(strings.Fields(string(children)), strconv.Itoa(pid)) {
		stat, err := os.ReadFile("/proc/" + pid + "/schedstat")
		if err != nil {
			return 0, err
		}
		ran, _, _ := strings.Cut(string(stat), " ")
		n, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			return 0, err
		}
		used += time.Duration(n)
	}
	return used, nil
}
