package worker

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

var (
	volumeName    = regexp.MustCompile("^[a-zA-Z0-9][a-zA-Z0-9_.-]+$")
	reservedPaths = []string{workspacePath, homePath, outputsPath, scriptsPath, socketPath}
)

func checkVolumes(b *cloudbuildpb.Build) error {
	global := b.GetOptions().GetVolumes()
	if len(global) > 0 && len(b.Steps) < 2 {
		return invalid("Global volumes defined but there are fewer than two steps")
	}
	if err := checkVolumeList(global); err != nil {
		return invalid("invalid .options.volumes: %w", err)
	}
	used := map[string]int{}
	for i, s := range b.Steps {
		if err := checkVolumeList(s.Volumes); err != nil {
			return invalid("build step %s: %w", title(i, s.Id), err)
		}
		for _, v := range s.Volumes {
			used[v.Name]++
			for _, g := range global {
				if g.Name == v.Name {
					return invalid("build step %s: volume name %q conflicts with global volume", title(i, s.Id), v.Name)
				}
				if path.Clean(g.Path) == path.Clean(v.Path) {
					return invalid("build step %s: volume path %q conflicts with global volume", title(i, s.Id), v.Path)
				}
			}
		}
	}
	for _, name := range sortedKeys(used) {
		if used[name] < 2 {
			return invalid("Volume %q is only used by one step", name)
		}
	}
	return nil
}

func checkVolumeList(volumes []*cloudbuildpb.Volume) error {
	names, paths := map[string]bool{}, map[string]bool{}
	for _, v := range volumes {
		p := path.Clean(v.Path)
		switch {
		case !volumeName.MatchString(v.Name):
			return fmt.Errorf("volume name %q does not match %q", v.Name, volumeName)
		case !path.IsAbs(p) || p == "/" || strings.ContainsAny(p, ":\x00"):
			return fmt.Errorf("path %q is not valid, must be absolute", v.Path)
		case slices.Contains(reservedPaths, p):
			return fmt.Errorf("path %q is reserved", v.Path)
		case strings.HasPrefix(p, "/cloudbuild/"):
			return fmt.Errorf("volume path %q cannot start with /cloudbuild/", v.Path)
		case names[v.Name]:
			return fmt.Errorf("volume name %q is defined in more than one volume entry", v.Name)
		case paths[p]:
			return fmt.Errorf("volume path %q is defined in more than one volume entry", p)
		}
		names[v.Name], paths[p] = true, true
	}
	return nil
}

// checkSecrets holds every secret variable to one definition and one use or more.
