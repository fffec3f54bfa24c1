package run

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// load reads all state, listens, and goes on with what was cut.
func (s *Server) load() error {
	files, err := filepath.Glob(filepath.Join(s.cfg.Dir, "services", "*", "*", "*", "service.json"))
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := s.loadService(path); err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
	}
	if err := s.loadOperations(); err != nil {
		return err
	}
	s.adopt()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.ops {
		if svc := s.services[o.service]; !o.pb.GetDone() && svc != nil {
			s.host.Go(func() { s.rollout(o, svc) })
		} else if !o.pb.GetDone() {
			o.finish(&runpb.Service{Name: o.service}, &failure{Code: codeAborted, Message: "The service was deleted."})
		}
	}
	for _, svc := range s.services {
		s.heal(svc)
	}
	return nil
}

// heal makes the latest revision anew, where its file was damaged: the service
// has its template. Of others there is no second copy.
func (s *Server) heal(svc *service) {
	if svc.latestReady() == nil {
		svc.pb.LatestReadyRevision = ""
	}
	if latest := svc.pb.GetLatestCreatedRevision(); latest != "" && svc.revisions[short(latest)] == nil {
		s.deploy(svc, true, "")
	}
}

func (s *Server) loadService(path string) error {
	var f serviceFile
	svc, policy := &service{srv: s, pb: &runpb.Service{}, revisions: map[string]*revision{}}, &iampb.Policy{}
	ok, err := s.readJSON(path, &f, func() (err error) {
		svc.loc, svc.id, err = parseService(svc.pb.GetName())
		if err == nil && path != s.servicePath(svc) {
			err = errors.New("it names another service")
		}
		return err
	}, part{raw: &f.Service, pb: svc.pb}, part{raw: &f.Policy, pb: policy, optional: true})
	if !ok {
		return err
	}
	if err := s.cfg.Policies.Take(svc.pb.GetName(), policy); err != nil {
		return err
	}
	svc.port, svc.version = f.Port, f.Version
	revisions, err := filepath.Glob(filepath.Join(filepath.Dir(path), "revisions", "*.json"))
	if err != nil {
		return err
	}
	for _, p := range revisions {
		if err := s.loadRevision(svc, p); err != nil {
			return err
		}
	}
	rt := svc.observedRoute()
	for r := range rt.used {
		r.inst.Want()
	}
	svc.route.Store(rt)
	s.services[svc.pb.GetName()] = svc
	return svc.listen()
}

func (s *Server) loadRevision(svc *service, path string) error {
	var f revisionFile
	r := &revision{svc: svc, pb: &runpb.Revision{}, template: &runpb.RevisionTemplate{}}
	ok, err := s.readJSON(path, &f, func() error {
		if path != s.revisionPath(r) {
			return errors.New("it names another revision")
		}
		return nil
	}, part{raw: &f.Revision, pb: r.pb}, part{raw: &f.Template, pb: r.template})
	if !ok {
		return err
	}
	r.images, r.seq, r.ready, r.failure = f.Images, f.Seq, f.Ready, f.Failure
	if f.Image != "" && len(r.template.GetContainers()) > 0 {
		r.images = map[string]string{r.template.GetContainers()[0].GetImage(): f.Image}
	}
	r.inst = &container.Instance{Host: s.host, Maker: r}
	svc.revisions[r.id()] = r
	return nil
}

// loadOperations reads the operations and forgets the oldest finished ones.
func (s *Server) loadOperations() error {
	entries, err := os.ReadDir(filepath.Join(s.cfg.Dir, "operations"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	age := func(e os.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(age(b), age(a)) })
	for i, e := range entries {
		path := filepath.Join(s.cfg.Dir, "operations", e.Name())
		var f operationFile
		o := &operation{pb: &longrunningpb.Operation{}, done: make(chan struct{})}
		data, err := os.ReadFile(path)
		if err == nil {
			err = decode(data, &f, []part{{raw: &f.Operation, pb: o.pb}})
		}
		if filepath.Ext(path) != ".json" || err != nil || (i >= keptOperations && o.pb.GetDone()) { // none is worth a word
			_ = os.Remove(path)
			continue
		}
		o.service, o.generation = f.Service, f.Generation
		if o.pb.GetDone() {
			close(o.done)
		}
		s.ops[o.pb.GetName()] = o
	}
	return nil
}

// part is one message inside a file.
type part struct {
	raw *json.RawMessage
	pb  proto.Message

	optional bool
}

// readJSON reads a file of ours with its messages. What is damaged, or check
// refuses, is set aside and not ok.
func (s *Server) readJSON(path string, v any, check func() error, parts ...part) (ok bool, err error) {
	return frame.ReadState(s.cfg.Log, path, func(data []byte) error {
		if err := decode(data, v, parts); err != nil {
			return err
		}
		return check()
	})
}

func decode(data []byte, v any, parts []part) error {
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	for _, p := range parts {
		if len(*p.raw) == 0 && p.optional {
			continue
		}
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(*p.raw, p.pb); err != nil {
			return err
		}
	}
	return nil
}
