package cli_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// units are what the package installs for systemd.
const units = "../../../packaging/systemd"

// unit returns the values of a unit file by SECTION.KEY, in order.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(units, name))
	if err != nil {
		t.Fatal(err)
	}
	values, section := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			t.Fatalf("%s: %q", name, line)
		}
		values[section+"."+key] = append(values[section+"."+key], value)
	}
	return values
}

// installed copies the units into a folder, with this program where the package puts it.
func installed(t *testing.T) (folder string, services, all []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	for _, kind := range []string{"*.service", "*.socket", "*.timer"} {
		found, err := filepath.Glob(filepath.Join(units, kind))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", kind, found, err)
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text = []byte(strings.ReplaceAll(string(text), "/usr/bin/sluice", self))
			to := filepath.Join(folder, filepath.Base(path))
			if err := os.WriteFile(to, text, 0o600); err != nil {
				t.Fatal(err)
			}
			all = append(all, to)
			if kind == "*.service" {
				services = append(services, to)
			}
		}
	}
	return folder, services, all
}

// analyze runs systemd-analyze; without it the test is skipped.
func analyze(t *testing.T, dir string, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed (Debian package systemd)")
	}
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

func TestSystemdFindsNothingWrongWithTheUnits(t *testing.T) {
	dir, _, all := installed(t)
	// What it only warns of is no failure to it.
	if out := analyze(t, dir, append([]string{"verify", "--man=no"}, all...)...); strings.Contains(out, dir) {
		t.Error(out)
	}
}

func TestTheServicesAreShutIn(t *testing.T) {
	dir, services, _ := installed(t)
	for _, path := range services {
		analyze(t, dir, "security", "--no-pager", "--offline=true", "--threshold=15", path)
	}
}

func TestBothServicesAreOneUserWithOneStoreAndTheSameWalls(t *testing.T) {
	daemon, sync := unit(t, "sluice.service"), unit(t, "sluice-sync.service")
	// What is of the one alone, or said of each in its own way.
	own := []string{
		"Unit.Description", "Unit.StartLimitIntervalSec", "Unit.StartLimitBurst", "Service.Type", "Service.ExecStart", "Service.ExecReload",
		"Service.TimeoutStartSec", "Service.WatchdogSec", "Service.Restart", "Service.RestartSec", "Service.RestartPreventExitStatus", "Install.WantedBy",
	}
	for key := range maps.Keys(daemon) {
		if !slices.Contains(own, key) && !slices.Equal(daemon[key], sync[key]) {
			t.Errorf("%s is %q for the daemon and %q for a round", key, daemon[key], sync[key])
		}
	}
	for key := range maps.Keys(sync) {
		if daemon[key] == nil {
			t.Errorf("%s is said of a round alone", key)
		}
	}
	for _, key := range []string{"Service.User", "Service.StateDirectory", "Service.NoNewPrivileges", "Service.ProtectSystem"} {
		if len(daemon[key]) != 1 {
			t.Errorf("%s is %q", key, daemon[key])
		}
	}
}
