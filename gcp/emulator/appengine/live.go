package appengine

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Labels of the containers, besides docker.Label.
const (
	labelVersion  = "dev.gcpdeploy.app-engine.version"  // the version's full name
	labelInstance = "dev.gcpdeploy.app-engine.instance" // its instance's id
)

// grace is what a container has between the signal that ends it and the one that kills
// it. Source: cloud.google.com/appengine/docs/flexible/custom-runtimes/build.
const grace = 30 * time.Second

// live is a version with what runs of it. Its document does not change.
type live struct {
	srv              *Server
	project, service string
	id               string
	doc              document
	instances        []*instance
	turn             atomic.Uint64
}

// instance is one container of a version: a machine of its own at Google.
type instance struct {
	*container.Instance
	of      *live
	id      string
	started time.Time
}

// newLive is a version that is to run: so many containers as it has instances at
// least, and no more than this machine is to have.
func (s *Server) newLive(project, service, id string, doc document) *live {
	v := &live{srv: s, project: project, service: service, id: id, doc: doc}
	for range min(instancesOf(doc), max(s.Most, 1)) {
		in := &instance{of: v, id: "aef-" + strings.ReplaceAll(service, "-", "--") + "-" + id + "-" + newID()[:4], started: s.now()}
		in.Instance = &container.Instance{Host: s.host, Maker: in}
		v.instances = append(v.instances, in)
	}
	return v
}

// name is the version's full name.
func (v *live) name() string { return versionName(v.project, v.service, v.id) }

func versionName(project, service, id string) string {
	return "apps/" + project + "/services/" + service + "/versions/" + id
}

// instancesOf is how many instances a version keeps running.
func instancesOf(doc document) int {
	if manual, ok := doc["manualScaling"].(document); ok {
		n, _ := manual["instances"].(float64)
		return max(int(n), 1)
	}
	automatic, _ := doc["automaticScaling"].(document)
	n, ok := automatic["minTotalInstances"].(float64)
	if !ok {
		return 2
	}
	return max(int(n), 1)
}

// start brings all containers up.
func (v *live) start() error {
	failed := make(chan error, len(v.instances))
	for _, in := range v.instances {
		v.srv.host.Go(func() { failed <- in.Start(v.srv.host.Context()) })
	}
	var first error
	for range v.instances {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// retire ends all containers; requests that they have may end within the grace.
func (v *live) retire() {
	for _, in := range v.instances {
		in.Retire(grace)
	}
}

// resume makes what ran when the state was written ready again: containers of an
// earlier process go on, others start with the first request.
func (s *Server) resume() {
	for project, a := range s.state {
		for service, v := range a.Services {
			for id, doc := range v.Versions {
				if doc["servingStatus"] != "SERVING" || s.still {
					continue
				}
				l := s.newLive(project, service, id, doc)
				for _, in := range l.instances {
					in.Want()
				}
				s.lives[l.name()] = l
			}
		}
	}
	if s.host.Docker == nil {
		return
	}
	list, err := s.host.Docker.List(s.host.Context(), map[string]string{docker.Label: s.stateID, labelVersion: ""})
	if err != nil {
		s.host.Log.Warn("looking for containers of before", "error", err)
		return
	}
	for _, k := range list {
		if !k.Running || !s.adopt(k) {
			s.host.Go(func() { s.host.Remove(k.ID) })
		}
	}
}

func (s *Server) adopt(k docker.Summary) bool {
	v := s.lives[k.Labels[labelVersion]]
	if v == nil {
		return false
	}
	for _, in := range v.instances {
		if in.Adopt(s.host.Context(), k.ID) {
			in.id = k.Labels[labelInstance]
			return true
		}
	}
	return false
}
