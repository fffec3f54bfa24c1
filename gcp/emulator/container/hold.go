package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"maps"
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// LabelHolds is on the containers that hold the network and the volumes of others, and
// are to be removed after them.
const LabelHolds = "dev.gcpdeploy.holds"

// Where a holder has the program that does nothing, and the volumes.
const (
	idlePath = "/.gcpdeploy/idle"
	volumes  = "/.gcpdeploy/volumes/"
)

// hold starts the container that holds a pod's network and volumes, and gives the
// volumes' names in the engine. It is of the image of one that is held, which is there.
func (in *Instance) hold(ctx context.Context, pod Pod) (id string, names map[string]string, err error) {
	h, c := in.Host, docker.Container{User: "0", Entrypoint: []string{idlePath}, Labels: map[string]string{LabelHolds: "true"}}
	for _, p := range pod.Containers {
		if p.Name == "" {
			c.Image, c.Name, c.PublishPort = p.Image, p.Container.Name+"-hold", p.PublishPort
			maps.Copy(c.Labels, p.Labels)
		}
	}
	var files []docker.File
	at := map[string]string{} // volumes by their folders
	for i, v := range pod.Volumes {
		folder := volumes + strconv.Itoa(i)
		at[folder] = v.Name
		c.Volumes = append(c.Volumes, docker.Volume{Path: folder, Size: v.Size, Mode: v.Mode})
		for _, f := range v.Files {
			files = append(files, docker.File{Path: folder + "/" + f.Path, Mode: f.Mode, Data: f.Data})
		}
	}
	img, _, err := h.Docker.InspectImage(ctx, c.Image)
	if err != nil {
		return "", nil, err
	}
	if id, err = h.Docker.Create(ctx, c); err != nil {
		return "", nil, err
	}
	defer func() {
		if err != nil {
			h.Remove(id)
		}
	}()
	if err := h.Docker.Write(ctx, id, []docker.File{{Path: idlePath, Mode: 0o755, Data: idle(img.Arch)}}); err != nil {
		return "", nil, err
	}
	if err := h.Docker.Start(ctx, id); err != nil {
		return "", nil, err
	}
	if len(files) > 0 { // now: volumes in memory begin with the container
		if err := h.Docker.Write(ctx, id, files); err != nil {
			return "", nil, err
		}
	}
	state, err := h.Docker.Inspect(ctx, id)
	if err != nil {
		return "", nil, err
	}
	names = map[string]string{}
	for _, m := range state.Mounts {
		if name, ok := at[m.Path]; ok {
			names[name] = m.Volume
		}
	}
	return id, names, nil
}

// idle is a program for Linux that waits for ever: an image need not have one.
func idle(arch string) []byte {
	machine, code := uint16(0x3e), []byte{
		0xb8, 34, 0, 0, 0, // mov eax, pause
		0x0f, 0x05, // syscall
		0xeb, 0xf7, // jmp to the first
	}
	if arch == "arm64" {
		machine, code = 0xb7, nil
		for _, word := range []uint32{
			0xd2800928,                                     // mov x8, ppoll
			0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, // mov x0 to x3, 0: of nothing, without end
			0xd4000001, // svc 0
			0x17fffffa, // b to the first
		} {
			code = binary.LittleEndian.AppendUint32(code, word)
		}
	}
	const base, header, segment = 0x400000, 64, 56
	size := uint64(header + segment + len(code))
	var b bytes.Buffer
	b.WriteString("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for _, field := range []any{
		uint16(2), machine, uint32(1), uint64(base + header + segment), uint64(header), uint64(0), uint32(0), // an executable
		uint16(header), uint16(segment), uint16(1), uint16(0), uint16(0), uint16(0),
		uint32(1), uint32(5), uint64(0), uint64(base), uint64(base), size, size, uint64(0x1000), // its one segment, read and executed
	} {
		_ = binary.Write(&b, binary.LittleEndian, field) // a buffer takes all
	}
	b.Write(code)
	return b.Bytes()
}
