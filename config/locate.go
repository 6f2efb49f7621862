package config

import (
	"os"
	"slices"
)

// Locate reads of a configuration file only where the daemon that uses it is to
// be reached: its control socket. Whatever else is wrong with the file, the
// daemon can then be asked. The errors are those of Load.
func Locate(path string) (Path, error) {
	data, err := readFile(path)
	if err != nil {
		return Path{}, err
	}
	d, c := newDecoder(path, data, os.LookupEnv), newConfig()
	d.loose = true
	root := d.document(data)
	if root != nil {
		top, _ := value{decoder: d}.child(root, "", false)
		if !top.null() {
			top.mapping("a mapping", []field{
				group("server", of("control", &c.Server.Control, socketPath)),
				group("storage", of("path", &c.Storage.Path, storagePath)),
			})
		}
	}
	where := []string{"", "server", "storage", "server.control", "storage.path"}
	problems := slices.DeleteFunc(d.problems, func(p Problem) bool { return !slices.Contains(where, p.Path) })
	if len(problems) > 0 {
		return Path{}, &Invalid{Problems: sorted(problems)}
	}
	c.place()
	return c.Server.Control, nil
}

// place gives the control socket its default, beside the store.
func (c *Config) place() {
	if c.Server.Control.Reveal() == "" {
		c.Server.Control = c.Storage.Path.beside(".sock")
	}
}
