// The few things that Blazor cannot do by itself.
window.portal = {
    toggleTheme() {
        const chosen = document.documentElement.dataset.theme;
        const dark = chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
        document.cookie = `theme=${dark ? "light" : "dark"}; path=/; max-age=31536000; samesite=lax`;
        location.reload();
    },
    scrollToEnd(element) {
        if (element) element.scrollTop = element.scrollHeight;
    },
    async reconnect() {
        // False: the server is there but has forgotten this page.
        if (!await Blazor.reconnect().catch(() => true)) location.reload();
    },
};

// Nothing can bring back a page that the server has forgotten; its address brings back what it showed. The script tells by a class.
{
    const notice = document.getElementById("components-reconnect-modal");
    new MutationObserver(() => {
        if (notice.classList.contains("components-reconnect-rejected")) location.reload();
    }).observe(notice, { attributeFilter: ["class"] });
}
