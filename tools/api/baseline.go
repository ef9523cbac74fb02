package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// baseline is the text of each recorded file, by its slashed name, such as
// "store/storetest.txt".
type baseline map[string]string

func readBaseline(dir string) (baseline, error) {
	b := baseline{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		b[name] = string(data)
		return err
	})
	return b, err
}

// write replaces what is in dir.
func (b baseline) write(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for name, text := range b {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// sum is short enough to be copied by a person.
func (b baseline) sum() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(b)) {
		fmt.Fprintf(h, "%s %d\n%s", name, len(b[name]), b[name])
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:6])
}

// mark is the line of the changelog that belongs to these declarations. Only a
// person changes it, together with the text above it.
func (b baseline) mark() string { return "<!-- api " + b.sum() + " -->" }

// fileName returns "store/storetest.txt" for the package of that folder, and
// "cspkit.txt" for the root package.
func fileName(pkgPath string) string {
	if pkgPath == root {
		return "cspkit.txt"
	}
	return strings.TrimPrefix(pkgPath, root+"/") + ".txt"
}

// pkgPath is the inverse of fileName.
func pkgPath(fileName string) string {
	if fileName == "cspkit.txt" {
		return root
	}
	return path.Join(root, strings.TrimSuffix(fileName, ".txt"))
}
