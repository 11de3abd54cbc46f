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
};
