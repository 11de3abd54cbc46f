// Files on their way in: chosen or dropped, then streamed to the REST API one after another.
(() => {
    const chosen = new WeakMap(); // the drop zone -> [{ path, file }]

    // A folder's own name says nothing; judgments that were picked one by one belong where BEIR has them.
    function arrange(files) {
        const tops = new Set(files.map(f => f.path.includes("/") ? f.path.split("/")[0] : ""));
        if (tops.size === 1 && !tops.has("")) files = files.map(f => ({ ...f, path: f.path.slice(f.path.indexOf("/") + 1) }));
        if (files.some(f => /^corpus\.jsonl(\.gz)?$/.test(f.path)))
            files = files.map(f => /^[^/]+\.tsv(\.gz)?$/.test(f.path) ? { ...f, path: "qrels/" + f.path } : f);
        return files.filter(f => !f.path.split("/").some(part => part.startsWith("."))).sort((a, b) => a.path < b.path ? -1 : 1);
    }

    async function walk(entry, path) {
        if (entry.isFile) return [{ path: path + entry.name, file: await new Promise((ok, no) => entry.file(ok, no)) }];
        const reader = entry.createReader(), found = [];
        for (;;) {
            const some = await new Promise((ok, no) => reader.readEntries(ok, no));
            if (some.length === 0) return found;
            for (const inner of some) found.push(...await walk(inner, path + entry.name + "/"));
        }
    }

    function put(address, file, onProgress) {
        return new Promise(resolve => {
            const request = new XMLHttpRequest();
            request.open("PUT", address);
            request.upload.onprogress = e => onProgress(e.loaded);
            request.onerror = () => resolve("the connection broke off");
            request.onload = () => {
                if (request.status < 300) return resolve(null);
                let detail = `the server answered ${request.status}`;
                try { detail = JSON.parse(request.responseText).detail || detail; } catch { }
                resolve(detail);
            };
            request.send(file);
        });
    }

    portal.watchFiles = (zone, field) => {
        const take = files => {
            files = arrange(files);
            if (files.length === 0) return;
            chosen.set(zone, files);
            // Names of a few only: a folder may hold a hundred thousand.
            field.invokeMethodAsync("FilesChosen", { count: files.length, bytes: files.reduce((sum, f) => sum + f.file.size, 0), paths: files.slice(0, 12).map(f => f.path) });
        };
        zone.addEventListener("change", e => {
            take([...e.target.files].map(file => ({ path: file.webkitRelativePath || file.name, file })));
            e.target.value = "";
        });
        zone.addEventListener("dragover", e => { e.preventDefault(); zone.classList.add("over"); });
        zone.addEventListener("dragleave", () => zone.classList.remove("over"));
        zone.addEventListener("drop", async e => {
            e.preventDefault();
            zone.classList.remove("over");
            const entries = [...e.dataTransfer.items].map(item => item.webkitGetAsEntry()).filter(entry => entry);
            take((await Promise.all(entries.map(entry => walk(entry, "")))).flat());
        });
    };

    // Answers null, or which file failed and why.
    portal.sendFiles = async (zone, address, field) => {
        const files = chosen.get(zone) || [];
        let sent = 0, told = 0;
        for (const [index, { path, file }] of files.entries()) {
            const tell = loaded => {
                if (performance.now() - told < 200) return;
                told = performance.now();
                field.invokeMethodAsync("Progressed", sent + loaded, index);
            };
            tell(0);
            const problem = await put(address + path.split("/").map(encodeURIComponent).join("/"), file, tell);
            if (problem) return `${path}: ${problem}`;
            sent += file.size;
        }
        await field.invokeMethodAsync("Progressed", sent, files.length);
        return null;
    };
})();
