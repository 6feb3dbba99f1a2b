<?php
/**
 * Where the license is in use, and the choice which of these places moves here.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

$movable = $this->card->first_movable();
if ( null !== $this->card->public_name ) {
	$this->hidden_field( 'public_name', $this->card->public_name );
}
?>
<?php if ( array() !== $this->card->others ) : ?>
<fieldset>
	<legend><?php $this->tell( 'In use on' ); ?></legend>
	<?php foreach ( $this->card->others as $other ) : ?>
	<label><input type="radio" name="replaces" value="<?php echo esc_attr( $other['id'] ); ?>"<?php checked( $other['id'], (string) $movable ); ?><?php disabled( $other['can_move'], false ); ?>> <span><?php $this->say( $other['domain'] ); ?></span> <small><?php $this->say( $other['told'] ); ?></small></label>
	<?php endforeach; ?>
</fieldset>
<?php endif; ?>
<?php if ( null !== $movable ) : ?>
<p class="theme-license-hint"><?php $this->tell( 'The move takes the license from the chosen domain. That site learns it within about a day; nothing on it is deleted.' ); ?></p>
	<?php $this->key_field( 'Paste the license key again: this site does not keep it.' ); ?>
<?php endif; ?>
<p class="theme-license-actions">
	<?php
	if ( null !== $movable ) {
		$this->button( 'move', 'Move it here', 'is-primary' );
	}
	$this->link( 'buy', 'Buy another license' );
	$this->link( 'portal', 'Manage licenses' );
	$this->step( array(), 'Back' );
	?>
</p>
