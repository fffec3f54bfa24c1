package detect

import (
	"path"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// member reports that a module is part of a member of the workspace whose root is
// the app's folder: the root's requirements are not the member's.
func (d *finder) member(m module) bool {
	for dir := path.Dir(m.file); dir != "."; dir = path.Dir(dir) {
		if !isFile(d.fsys, path.Join(dir, project.File)) || slices.Contains(d.own, dir) {
			continue
		}
		if p, err := project.Read(d.fsys); err != nil || !p.Workspace() {
			return false
		}
		d.miss(m.describe()+", in the workspace's member "+dir,
			"Deploy the member: give --source "+dir+", or write `app: "+dir+"` to gcpdeploy.yaml.")
		return true
	}
	return false
}
