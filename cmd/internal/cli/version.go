package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"sluice/cmd/internal/app"
)

type versionCmd struct {
	JSON bool `help:"Print one JSON object."`
}

type versionInfo struct {
	Version      string       `json:"version"`
	Commit       string       `json:"commit"` // "-dirty" behind it: with changes
	Go           string       `json:"go"`
	Platform     string       `json:"platform"`
	Dependencies []dependency `json:"dependencies"`
}

type dependency struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	Sum     string `json:"sum,omitempty"` // of its content, as in go.sum; none: a folder stood for the module
}

// Run prints what the binary is made of.
func (c *versionCmd) Run(_ context.Context, r *run) error {
	info := readVersion()
	if c.JSON {
		return printJSON(r.env.Stdout, info)
	}
	if _, err := fmt.Fprintf(r.env.Stdout, "%s\n%s %s\n", versionLine(), info.Go, info.Platform); err != nil {
		return err
	}
	for _, d := range info.Dependencies {
		if _, err := fmt.Fprintf(r.env.Stdout, "%s %s\n", d.Module, d.Version); err != nil {
			return err
		}
	}
	return nil
}

func readVersion() versionInfo {
	v := versionInfo{
		Version: app.Version, Commit: app.Commit(), Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Dependencies: []dependency{},
	}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, m := range build.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		v.Dependencies = append(v.Dependencies, dependency{m.Path, m.Version, m.Sum})
	}
	return v
}

func versionLine() string {
	v := readVersion()
	return fmt.Sprintf("sluice %s (commit %s)", v.Version, v.Commit)
}
