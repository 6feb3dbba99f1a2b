<?php
/**
 * Appearance → Starter content: two draft pages to begin with, for licensed sites.
 *
 * This is how a theme asks for a license politely: an extra for whoever builds the site says what it needs, in the
 * administration alone. Nothing that visitors see depends on it.
 *
 * @package Jannah
 */

add_action(
	'admin_menu',
	static function () {
		$title = __( 'Starter content', 'jannah' );
		add_theme_page( $title, $title, 'edit_theme_options', 'jannah-starter-content', 'jannah_starter_content_page' );
	}
);

add_action( 'admin_post_jannah_starter_content', 'jannah_add_starter_content' );

/**
 * Show what the starter content is, and the button or what is missing for it.
 */
function jannah_starter_content_page() {
	echo '<div class="wrap"><h1>' . esc_html__( 'Starter content', 'jannah' ) . '</h1>';
	echo '<p>' . esc_html__( 'Two pages to begin with, as drafts: About and Contact.', 'jannah' ) . '</p>';
	if ( ! Theme_License::check( 'jannah' )->ok ) {
		printf(
			'<p>%s <a href="%s">%s</a></p></div>',
			esc_html__( 'The starter content comes with a validated license.', 'jannah' ),
			esc_url( admin_url( 'themes.php?page=theme-license' ) ),
			esc_html__( 'Validate the license', 'jannah' )
		);
		return;
	}
	echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
	echo '<input type="hidden" name="action" value="jannah_starter_content">';
	wp_nonce_field( 'jannah_starter_content' );
	submit_button( __( 'Add the pages', 'jannah' ) );
	echo '</form></div>';
}

/**
 * Make the two drafts and show them.
 */
function jannah_add_starter_content() {
	check_admin_referer( 'jannah_starter_content' );
	if ( ! current_user_can( 'edit_theme_options' ) || ! Theme_License::check( 'jannah' )->ok ) {
		wp_die( esc_html__( 'The starter content comes with a validated license.', 'jannah' ), '', array( 'response' => 403 ) );
	}
	foreach ( array( __( 'About', 'jannah' ), __( 'Contact', 'jannah' ) ) as $title ) {
		wp_insert_post(
			array(
				'post_type'   => 'page',
				'post_title'  => $title,
				'post_status' => 'draft',
			)
		);
	}
	wp_safe_redirect( admin_url( 'edit.php?post_type=page&post_status=draft' ) );
	exit;
}
